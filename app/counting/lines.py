"""From bytes to rows: lines of bounded length, UTF-8 proved line by line, then CSV."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from app.counting.errors import N_
from app.counting.findings import Findings

LINE_BYTES = 1_000_000
BOM = b"\xef\xbb\xbf"


def read_rows(stream: BinaryIO, findings: Findings) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, cells) for every row that is not empty; `line` is where the row begins, from 1.

    A line that is too long, holds a NUL or is not UTF-8 is refused and read on with what can be read of it,
    so that the faults behind it are found too.
    """
    rows = csv.reader(_text_lines(stream, findings), delimiter=";", skipinitialspace=True)
    while True:
        began = rows.line_num + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            findings.refuse(
                N_("A quotation mark opens a text here that never ends. Close it, or double it."),
                began,
            )
            continue
        if any(row):
            yield began, row


def _text_lines(stream: BinaryIO, findings: Findings) -> Iterator[str]:
    number = 0
    while chunk := stream.readline(LINE_BYTES + 1):
        number += 1
        if len(chunk) > LINE_BYTES:
            findings.refuse(
                N_("The line is longer than %(most)s bytes. Is this a .pb file?"), number, most=LINE_BYTES
            )
            _skip_rest_of_line(stream, chunk)
            yield "\n"
            continue
        if number == 1:
            chunk = chunk.removeprefix(BOM)
        yield _decoded(chunk, number, findings)


def _skip_rest_of_line(stream: BinaryIO, chunk: bytes) -> None:
    while chunk and not chunk.endswith(b"\n"):
        chunk = stream.readline(LINE_BYTES)


def _decoded(chunk: bytes, number: int, findings: Findings) -> str:
    try:
        text = chunk.decode("utf-8")
    except UnicodeDecodeError as error:
        findings.refuse(
            N_("Byte %(at)s of the line (%(byte)s) is not UTF-8. Save the file as UTF-8 and try again."),
            number,
            at=error.start + 1,
            byte=f"0x{chunk[error.start]:02x}",
        )
        text = chunk.decode("utf-8", errors="replace")
    if "\0" in text:
        findings.refuse(N_("The line contains a NUL character: the file is damaged."), number)
        text = text.replace("\0", "")
    return text.rstrip("\r\n").replace("\r", " ") + "\n"
