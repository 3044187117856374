"""Reads: lists with what stands on them, and what is left of deleted ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.census.errors import ImportRunning, NoSuchList
from app.census.models import REGISTER, CensusCertificate, CensusEntry, CensusImport, CensusList
from app.core.db import db

_IN_FORCE = CensusImport.state.in_(("applied", "undoing"))


@dataclass(frozen=True)
class Standing:
    """A list and how many entries stand on it."""

    list: CensusList
    entries: int
    last: CensusImport | None


def find_list(name: str) -> CensusList | None:
    """The list of this name, in any case of letters."""
    return db.session.scalar(select(CensusList).where(func.lower(CensusList.name) == name.strip().lower()))


def get_list(list_id: int) -> CensusList:
    """The list of this number. Raises: NoSuchList."""
    found = db.session.get(CensusList, list_id)
    if found is None:
        raise NoSuchList
    return found


def get_named(name: str) -> CensusList:
    """The list of this name; without a name the only one. Raises: NoSuchList, ImportRunning."""
    try:
        if name:
            found = find_list(name)
        else:
            lists = db.session.scalars(select(CensusList).limit(2)).all()
            found = lists[0] if len(lists) == 1 else None
    except OperationalError as busy:  # SQLite has waited for another import as long as it does
        raise ImportRunning from busy
    if found is None:
        raise NoSuchList
    return found


def list_names() -> dict[int, str]:
    """The names of all lists by their numbers, in the order of the names."""
    asked = select(CensusList.id, CensusList.name).order_by(CensusList.name)
    return {number: name for number, name in db.session.execute(asked)}


def list_days() -> dict[int, date]:
    """The last day of each list by its number: until then it may be used."""
    asked = select(CensusList.id, CensusList.kept_until_on)
    return {number: day for number, day in db.session.execute(asked)}


def list_standing() -> list[Standing]:
    """All lists, by name."""
    lists = db.session.scalars(select(CensusList).order_by(CensusList.name)).all()
    return [Standing(one, count_entries(one.id), find_last(one.id)) for one in lists]


def count_entries(list_id: int) -> int:
    """How many entries stand on a list."""
    asked = select(func.count()).select_from(CensusEntry)
    stands = CensusEntry.valid_until.is_(None)
    return db.session.scalar(asked.where(CensusEntry.list_id == list_id, stands)) or 0


def find_last(list_id: int) -> CensusImport | None:
    """The last import of a list that was applied and not undone."""
    found = select(CensusImport).where(CensusImport.list_id == list_id, _IN_FORCE)
    return db.session.scalar(found.order_by(CensusImport.applied_at.desc(), CensusImport.id.desc()).limit(1))


def is_filled_by_register(list_id: int) -> bool:
    """Whether a register elsewhere has entered anybody. It knows people by its own references, and a file by their numbers."""
    return REGISTER in _list_fillers(list_id)


def is_filled_by_files(list_id: int) -> bool:
    """Whether a file was imported into the list and not undone."""
    return bool(_list_fillers(list_id) - {REGISTER})


def _list_fillers(list_id: int) -> set[str]:
    found = select(CensusImport.actor).where(CensusImport.list_id == list_id, _IN_FORCE)
    return set(db.session.scalars(found.distinct()))


def list_certificates() -> Sequence[CensusCertificate]:
    """What is left of deleted lists, the newest first."""
    return db.session.scalars(select(CensusCertificate).order_by(CensusCertificate.id.desc())).all()


def find_certificate(certificate_id: int) -> CensusCertificate | None:
    """What is left of one."""
    return db.session.get(CensusCertificate, certificate_id)
