"""Spreadsheet files as programs write them, made from rows: numbers and texts, dates, formulas, what repeats."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from xml.sax.saxutils import escape, quoteattr

Cell = str | int | date | None
_FIRST = date(1899, 12, 30)
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_STYLES = (
    f'<styleSheet {_MAIN}><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy;@"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>'
    "</styleSheet>"
)
_OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
)


def pack(**parts: str | bytes) -> bytes:
    """A zip; `__` in a name is a slash, `_` before the ending a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            stem, _, ending = name.replace("__", "/").rpartition("_")
            packed.writestr(f"{stem}.{ending}", content)
    return file.getvalue()


def xlsx(rows: Sequence[Sequence[Cell]], *, shared: bool = True, sheet: str = "") -> bytes:
    """Texts apart (`shared`) or in their cells; `=A1` is a formula; `sheet` instead of rows is the XML as it is."""
    texts: dict[str, int] = {}
    lines = []
    for number, cells in enumerate(rows, 1):
        made = (
            _xlsx_cell(f"{chr(65 + at)}{number}", cell, texts if shared else None)
            for at, cell in enumerate(cells)
        )
        lines.append(f'<row r="{number}">{"".join(made)}</row>')
    found = sheet or f"<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"
    strings = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    return pack(
        xl__workbook_xml=f"<workbook {_MAIN}><workbookPr/></workbook>",
        xl__styles_xml=_STYLES,
        xl__sharedStrings_xml=f"<sst {_MAIN}>{strings}</sst>",
        xl__worksheets__sheet1_xml=found,
    )


def ods(rows: Sequence[Sequence[Cell]], *, extra: str = "") -> bytes:
    """With the empty rest of the sheet as one row repeated; `extra` is XML of more rows."""
    lines = "".join(f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>" for cells in rows)
    empty = '<table:table-cell table:number-columns-repeated="16384"/>'
    rest = f'<table:table-row table:number-rows-repeated="1048000">{empty}</table:table-row>'
    other = f"<table:table><table:table-row>{_ods_cell('B')}</table:table-row></table:table>"
    table = f'<table:table table:name="A">{lines}{extra}{rest}</table:table>{other}'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    return pack(content_xml=f"<office:document-content {_OFFICE}>{body}</office:document-content>")


def _xlsx_cell(place: str, cell: Cell, texts: dict[str, int] | None) -> str:
    if cell is None:
        return ""
    if isinstance(cell, date):
        return f'<c r="{place}" s="2"><v>{(cell - _FIRST) // timedelta(days=1)}</v></c>'
    if isinstance(cell, int):
        return f'<c r="{place}"><v>{cell}</v></c>'
    if cell.startswith("="):
        return f'<c r="{place}" t="str"><f>{escape(cell[1:])}</f><v>x</v></c>'
    if texts is None:
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f'<c r="{place}" t="s"><v>{texts.setdefault(cell, len(texts))}</v></c>'


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, date):
        said = f'office:value-type="date" office:date-value="{cell}"'
    elif isinstance(cell, int):
        said = f'office:value-type="float" office:value="{cell}"'
    elif cell.startswith("="):
        said = f'office:value-type="string" table:formula={quoteattr("of:" + cell)}'
        cell = "x"
    else:
        said = 'office:value-type="string"'
    shown = f"{cell:%d/%m/%y}" if isinstance(cell, date) else str(cell)
    return f"<table:table-cell {said}><text:p>{escape(shown)}</text:p></table:table-cell>"


@cache
def bomb() -> bytes:
    """1 GB that packs to a few megabytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        packed.writestr("xl/workbook.xml", "<workbook/>")
        with packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            part.write(b"<worksheet><sheetData>")
            for _ in range(1024):
                part.write(b"<row></row>" * 95_325)
    return file.getvalue()
