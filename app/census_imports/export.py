"""Rejects as a file that a spreadsheet opens, with nothing of what a row said."""

from __future__ import annotations

from collections.abc import Iterator

from app.census.models import CensusImport
from app.census_imports import queries, wording
from app.tables import writing


def write_rejects(bringing: CensusImport) -> Iterator[bytes]:
    """CSV with a line for each fault."""
    rows = [
        (one.line, wording.reject_field(bringing, one), wording.reject_reason(one))
        for one in queries.list_rejects(bringing.id)
    ]
    return writing.write([wording.reject_heads(), *rows])
