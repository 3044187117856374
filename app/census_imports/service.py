"""Use cases: compare a file with a list, take the file over, undo that."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import BinaryIO

from flask import current_app
from sqlalchemy import select, update

from app.census import queries as census
from app.census import service as lists
from app.census.keys import Keys
from app.census.models import CensusImport, CensusList
from app.census_imports import rules, staging
from app.census_imports.errors import (
    FilledByRegister,
    ListChanged,
    MostlyRejected,
    NotConfirmed,
    NothingToUndo,
    NotPrepared,
    TooEarly,
)
from app.census_imports.presets import Wish, find_columns
from app.core import audit, clock
from app.core.db import count_changed, db
from app.districts import service as districts
from app.districts.rules import Finder
from app.tables import reading
from app.tables.errors import FileRefused
from app.tables.reading import Table

AHEAD = timedelta(days=366)
KEPT_PREPARED = timedelta(days=1)
UNDECIDED = ("sent", "waiting", "reading", "prepared", "refused")


@dataclass(frozen=True)
class Asked:
    """How a file is to be read, and from which day it holds."""

    preset: str
    effective_on: date
    columns: Wish = field(default_factory=dict)


def prepare(
    actor: str, target: CensusList, stream: BinaryIO, asked: Asked, pause: Callable[[], object] = bool
) -> CensusImport:
    """Read a file, check each row, and count what it would change; the list itself stays as it is.

    `pause` is called after each batch of rows. Raises: TooEarly, FileRefused, ColumnsMissing, ImportRunning.
    """
    bringing = begin(actor, target, "reading", asked)
    read_file(bringing, stream, asked.columns, pause)
    return bringing


def begin(actor: str, target: CensusList, state: str, asked: Asked) -> CensusImport:
    """A new import, of which nothing has been read. Raises: TooEarly, FilledByRegister."""
    named = census.find_list(current_app.config["CIVIC"].remote_census_list)
    if census.is_filled_by_register(target.id) or (named and named.id == target.id):
        raise FilledByRegister
    check_day(target, asked.effective_on)
    bringing = CensusImport(
        list_id=target.id, state=state, actor=actor, made_at=clock.now(), effective_on=asked.effective_on,
        file_sha256="", encoding="", delimiter="", preset=asked.preset, columns={},
    )  # fmt: skip
    db.session.add(bringing)
    db.session.flush()
    return bringing


def note_file(bringing: CensusImport, table: Table) -> None:
    """Note which file is brought in, how it is written, and about how many rows it has."""
    bringing.file_sha256, bringing.encoding = table.sha256, table.encoding
    bringing.delimiter, bringing.expected = table.delimiter, table.expected


def read_file(bringing: CensusImport, stream: BinaryIO, wish: Wish, pause: Callable[[], object]) -> None:
    """Stage the rows of an import and compare them with its list. Raises: FileRefused, ColumnsMissing, ImportRunning."""
    target = census.get_list(bringing.list_id)
    staging.forget(bringing.id, rejects=True)
    bringing.rows = bringing.rejected = 0
    table, finder = reading.open_table(stream, to_end=True), Finder(districts.load_streets())
    try:
        found = find_columns(table.header, bringing.preset, wish, target.identity)
        note_file(bringing, table)
        bringing.columns = {name: [table.header[place] for place in places] for name, places in found.items()}
        how = rules.Reading(
            found, len(table.header), target.country, target.identity, bringing.effective_on, finder.find_district
        )  # fmt: skip
        staging.stage(bringing, table, how, pause)
    finally:
        table.release()
    if not bringing.rows:
        raise FileRefused("empty")
    lists.hold_list(target)
    last = census.find_last(target.id)
    bringing.base_id, bringing.state = last.id if last else None, "prepared"
    bringing.streets = dict(sorted(finder.missing.items()))
    staging.compare(bringing)


def check_applicable(bringing: CensusImport, gone: int | None) -> None:
    """Whether a prepared import may be taken over. Raises: ListChanged, MostlyRejected, NotConfirmed."""
    last = census.find_last(bringing.list_id)
    if (last.id if last else None) != bringing.base_id:
        raise ListChanged
    if rules.is_mostly_rejected(bringing.rejected, bringing.rows):
        raise MostlyRejected
    if rules.must_confirm(bringing.ended, bringing.standing) and gone != bringing.ended:
        raise NotConfirmed(bringing.ended, bringing.standing)


def apply(actor: str, bringing: CensusImport, gone: int | None = None) -> None:
    """Bring the list to what the prepared file says, all of it or nothing.

    `gone` is the number that a person typed; it is asked for when more than one in ten would go.
    Raises: NotPrepared, ImportRunning, ListChanged, MostlyRejected, NotConfirmed.
    """
    target = census.get_list(bringing.list_id)
    lists.hold_list(target)
    check_applicable(bringing, gone)
    move(bringing, ("prepared", "applying"), state="applied", applied_at=clock.now(), applied_by=actor)
    staging.take_over(bringing)
    target.key_check = Keys(target.id, target.sealed_key).check()
    db.session.flush()
    audit.record(
        actor, "census.import", f"census:{target.id}", census_import=bringing.id, file=bringing.file_sha256,
        added=bringing.added, changed=bringing.changed, ended=bringing.ended, rejected=bringing.rejected,
    )  # fmt: skip


def discard(actor: str, bringing: CensusImport) -> None:
    """Forget a prepared import. Raises: NotPrepared."""
    target = census.get_list(bringing.list_id)
    lists.hold_list(target)
    if bringing.state not in UNDECIDED:
        raise NotPrepared
    forget(bringing)
    audit.record(actor, "census.discard", f"census:{target.id}", file=bringing.file_sha256)


def undo(actor: str, bringing: CensusImport) -> None:
    """Bring the list back to what it was before its last import. Raises: NothingToUndo, ImportRunning."""
    target = census.get_list(bringing.list_id)
    lists.hold_list(target)
    last = census.find_last(target.id)
    if last is None or last.id != bringing.id:
        raise NothingToUndo
    staging.take_back(bringing)
    move(bringing, ("applied", "undoing"), state="undone", undone_at=clock.now(), undone_by=actor)
    audit.record(actor, "census.undo", f"census:{target.id}", census_import=bringing.id)


def delete_old() -> int:
    """Forget imports that nobody decided on for a day, or that broke off; returns how many."""
    before = clock.now() - KEPT_PREPARED
    old = select(CensusImport).where(CensusImport.state.in_(UNDECIDED), CensusImport.made_at < before)
    forgotten = db.session.scalars(old).all()
    for bringing in forgotten:
        forget(bringing)
    return len(forgotten)


def check_day(target: CensusList, day: date) -> None:
    """Whether an import may hold from this day. Raises: TooEarly."""
    last = census.find_last(target.id)
    first = last.effective_on if last else date.min
    if not first <= day <= clock.today() + AHEAD:
        raise TooEarly(first.isoformat() if last else "–")


def move(bringing: CensusImport, before: Collection[str], **now: str | datetime) -> None:
    """Settle by the database who moves an import on. Raises: NotPrepared."""
    mine = update(CensusImport).where(CensusImport.id == bringing.id, CensusImport.state.in_(before))
    if not count_changed(mine.values(**now)):
        raise NotPrepared
    db.session.expire(bringing)


def forget(bringing: CensusImport) -> None:
    """Forget an import that changed nothing, with all that was read of it."""
    staging.forget(bringing.id, rejects=True)
    db.session.delete(bringing)
    db.session.flush()
