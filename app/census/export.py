"""Rejects as a file that a spreadsheet opens: safe from formulas (A09), and with nothing of what a row said."""

from __future__ import annotations

import csv
import io

from app.census import queries, wording
from app.census.errors import ROW_SENTENCES
from app.census.models import CensusImport

_BOM = "\ufeff"
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_rejects(bringing: CensusImport) -> str:
    """CSV with a line for each fault."""
    sheet = io.StringIO()
    writer = csv.writer(sheet, delimiter=";")
    writer.writerow(map(safe, wording.reject_heads()))
    for one in queries.list_rejects(bringing.id):
        said = wording.reject_field(bringing, one)
        writer.writerow([one.line, safe(said), safe(str(ROW_SENTENCES[one.reason]))])
    return _BOM + sheet.getvalue()


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
