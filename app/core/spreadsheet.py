"""Tables that officers take along: CSV as a spreadsheet opens it here, in which no cell is a formula (A09)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PORTION = 60_000


def write(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """The rows, heads first, in portions: UTF-8 with its mark and semicolons, which French and Spanish programs expect."""
    yield b"\xef\xbb\xbf"
    portion = io.StringIO()
    writer = csv.writer(portion, delimiter=";")
    for row in rows:
        writer.writerow([f"'{cell}" if _FORMULA.match(str(cell)) else cell for cell in row])
        if portion.tell() > _PORTION:
            yield portion.getvalue().encode()
            portion.seek(0)
            portion.truncate()
    yield portion.getvalue().encode()


def read_cell(cell: str) -> str:
    """What was given to `write` for this cell: without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
