"""Tables that officers take along: CSV as a spreadsheet opens it here, in which no cell is a formula (A09)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PORTION = 60_000


def write(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """The rows, heads first, in portions: UTF-8 with its mark and semicolons, which French and Spanish programs expect."""
    yield b"\xef\xbb\xbf"
    portion = io.StringIO()
    writer = csv.writer(portion, delimiter=";")
    for row in rows:
        writer.writerow([f"'{cell}" if str(cell).startswith(_FORMULA) else cell for cell in row])
        if portion.tell() > _PORTION:
            yield portion.getvalue().encode()
            portion.seek(0)
            portion.truncate()
    yield portion.getvalue().encode()
