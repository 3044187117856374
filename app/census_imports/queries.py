"""Reads: the imports of a list, those that wait for the worker, the rejects of one."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.census.models import CensusImport, CensusReject, CensusStaged
from app.core.db import db
from app.core.errors import NotFound

BUSY = ("waiting", "applying", "undoing")
"""States in which an import waits for the worker."""
SHOWN = 100


def list_imports(list_id: int) -> Sequence[CensusImport]:
    """The newest imports of a list, the newest first."""
    found = select(CensusImport).where(CensusImport.list_id == list_id)
    return db.session.scalars(found.order_by(CensusImport.id.desc()).limit(SHOWN)).all()


def get_import(import_id: int) -> CensusImport:
    """An import. Raises: NotFound."""
    found = db.session.get(CensusImport, import_id)
    if found is None:
        raise NotFound
    return found


def find_wanted() -> int | None:
    """The import that has waited longest for the worker."""
    waits = CensusImport.state.in_(BUSY)
    return db.session.scalar(select(CensusImport.id).where(waits).order_by(CensusImport.id).limit(1))


def list_with_file() -> set[int]:
    """Imports whose file is still needed."""
    has_file = CensusImport.state.in_(("sent", "waiting"))
    return set(db.session.scalars(select(CensusImport.id).where(has_file)))


def list_rejects(import_id: int, most: int = 1_000_000) -> Sequence[CensusReject]:
    """Why rows were not taken, in the order of the file."""
    found = select(CensusReject).where(CensusReject.import_id == import_id)
    return db.session.scalars(found.order_by(CensusReject.line, CensusReject.field).limit(most)).all()


def list_districts(import_id: int, most: int = 20) -> Sequence[str]:
    """Names of districts in a prepared import: in them one sees whether accents were read rightly."""
    found = select(CensusStaged.district).where(CensusStaged.import_id == import_id)
    named = found.where(CensusStaged.district != "").distinct().limit(most)
    return sorted(db.session.scalars(named))
