"""Tables that officers take along: CSV as a spreadsheet opens it here, or a workbook; in neither is a cell a formula (A09)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

MOST_ROWS = 1_048_576
"""So many fit on a sheet of a workbook."""
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_PORTION = 60_000
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
WORKBOOK = f"{_TYPE}.sheet"
_SHEET = "xl/worksheets/sheet1.xml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/{_SHEET}" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}">'
    '<sheets><sheet name="1" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="r1" Type="{_LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}


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


def write_workbook(rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """The rows, heads first, as an xlsx file in portions (ECMA-376): numbers, and texts that stay texts however they begin."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED) as book:
        for name, text in _PARTS.items():
            book.writestr(name, text)
        with book.open(_SHEET, "w") as sheet:
            sheet.write(f'<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for row in rows:
                sheet.write(f"<row>{''.join(map(_cell, row))}</row>".encode())
                if len(sink.portion) > _PORTION:
                    yield sink.take()
            sheet.write(b"</sheetData></worksheet>")
    yield sink.take()


def _cell(said: object) -> str:
    if isinstance(said, int):
        return f"<c><v>{said:d}</v></c>"
    text = escape(_NOT_XML.sub("", str(said)))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


class _Sink(io.RawIOBase):
    """What has been written and not yet taken; a zip is written into it from its beginning to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.portion = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.portion += data
        return len(data)

    def take(self) -> bytes:
        portion = bytes(self.portion)
        self.portion.clear()
        return portion
