"""Use cases of officers: add a list, compare a file with it, take the file over, undo that."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import BinaryIO

from flask_babel import gettext
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.census import keys, queries, rules, staging
from app.census.errors import (
    ImportRunning,
    ListChanged,
    MostlyRejected,
    NotConfirmed,
    NothingToUndo,
    NotPrepared,
    TooEarly,
    WrongList,
)
from app.census.keys import Keys, OtherPepper
from app.census.models import CensusImport, CensusList
from app.census.presets import Wish, find_columns
from app.core import audit, clock
from app.core.db import count_changed, db
from app.districts import service as districts
from app.districts.rules import Finder
from app.tables import reading
from app.tables.errors import FileRefused

LONGEST_NAME = 80
LONGEST_BASIS = 500
AHEAD = timedelta(days=366)
KEPT_PREPARED = timedelta(days=1)
SOURCES = ("electoral_roll", "padron", "register", "desk")
IDENTITY_OF = {"fr": "civil-status", "es": "number", "other": "number"}
UNDECIDED = ("sent", "waiting", "reading", "prepared", "refused")
PRESET_OF = {"fr": "elistelec", "es": "padron", "other": "free"}


@dataclass(frozen=True)
class NewList:
    """What an officer says of a list: its source, why the council may use it, until when."""

    name: str
    source: str
    legal_basis: str
    kept_until_on: date
    country: str
    identity: str


@dataclass(frozen=True)
class Asked:
    """How a file is to be read, and from which day it holds."""

    preset: str
    effective_on: date
    columns: Wish = field(default_factory=dict)


def today() -> date:
    """The day on which it is now in the council's time zone."""
    return clock.local(clock.now()).date()


def add_list(actor: str, new: NewList) -> CensusList:
    """Add an empty list. Raises: WrongList, with a sentence for each field."""
    faults = _faults_of(new)
    if faults:
        raise WrongList(fields=faults)
    added = CensusList(
        name=new.name.strip(),
        source=new.source,
        legal_basis=new.legal_basis.strip(),
        kept_until_on=new.kept_until_on,
        country=new.country,
        identity=new.identity,
        key_check=b"",
        created_at=clock.now(),
    )
    db.session.add(added)
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise WrongList(fields={"name": gettext("A list has this name already.")}) from taken
    newest = next(iter(keys.peppers()), None)
    if newest:
        added.sealed_key = keys.sealed_with(newest, added.id, secrets.token_bytes(32))
    added.key_check = Keys(added.id, added.sealed_key).check()
    db.session.flush()
    audit.record(actor, "census.add", f"census:{added.id}", source=new.source, kept_until=new.kept_until_on)
    return added


def keep_until(actor: str, target: CensusList, day: date | None) -> None:
    """Keep a list longer or less long. Raises: WrongList."""
    if day is None or day <= today():
        raise WrongList(fields={"kept": gettext("Choose a day in the future: until then the list is kept.")})
    target.kept_until_on = day
    db.session.flush()
    audit.record(actor, "census.keep", f"census:{target.id}", kept_until=day)


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
    """A new import, of which nothing has been read. Raises: TooEarly."""
    check_day(target, asked.effective_on)
    bringing = CensusImport(
        list_id=target.id, state=state, actor=actor, made_at=clock.now(), effective_on=asked.effective_on,
        file_sha256="", encoding="", delimiter="", preset=asked.preset, columns={},
    )  # fmt: skip
    db.session.add(bringing)
    db.session.flush()
    return bringing


def read_file(bringing: CensusImport, stream: BinaryIO, wish: Wish, pause: Callable[[], object]) -> None:
    """Stage the rows of an import and compare them with its list. Raises: FileRefused, ColumnsMissing, ImportRunning."""
    target = queries.get_list(bringing.list_id)
    staging.forget(bringing.id, rejects=True)
    bringing.rows = bringing.rejected = 0
    table, finder = reading.open_table(stream), Finder(districts.load_streets())
    try:
        found = find_columns(table.header, bringing.preset, wish, target.identity)
        bringing.file_sha256, bringing.encoding, bringing.delimiter = (
            table.sha256,
            table.encoding,
            table.delimiter,
        )
        bringing.columns = {name: [table.header[place] for place in places] for name, places in found.items()}
        how = rules.Reading(
            found,
            len(table.header),
            target.country,
            target.identity,
            bringing.effective_on,
            finder.find_district,
        )
        staging.stage(bringing, table, how, pause)
    finally:
        table.release()
    if not bringing.rows:
        raise FileRefused("empty")
    hold_list(target)
    last = queries.find_last(target.id)
    bringing.base_id, bringing.state = last.id if last else None, "prepared"
    bringing.streets = dict(sorted(finder.missing.items()))
    staging.compare(bringing)


def check_applicable(bringing: CensusImport, gone: int | None) -> None:
    """Whether a prepared import may be taken over. Raises: ListChanged, MostlyRejected, NotConfirmed."""
    last = queries.find_last(bringing.list_id)
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
    target = queries.get_list(bringing.list_id)
    hold_list(target)
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
    target = queries.get_list(bringing.list_id)
    hold_list(target)
    if bringing.state not in UNDECIDED:
        raise NotPrepared
    forget(bringing)
    audit.record(actor, "census.discard", f"census:{target.id}", file=bringing.file_sha256)


def undo(actor: str, bringing: CensusImport) -> None:
    """Bring the list back to what it was before its last import. Raises: NothingToUndo, ImportRunning."""
    target = queries.get_list(bringing.list_id)
    hold_list(target)
    last = queries.find_last(target.id)
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


def has_other_key(target: CensusList) -> bool:
    """Whether the site's keys are others than those of the list's hashes: nobody on it is known again (ADR 13)."""
    try:
        return target.key_check != Keys(target.id, target.sealed_key).check()
    except OtherPepper:
        return True


def _faults_of(new: NewList) -> dict[str, str]:
    faults = {}
    if not 0 < len(new.name.strip()) <= LONGEST_NAME:
        faults["name"] = gettext("Give the list a name of at most %(most)s letters.", most=LONGEST_NAME)
    elif queries.find_list(new.name):
        faults["name"] = gettext("A list has this name already.")
    if not 0 < len(new.legal_basis.strip()) <= LONGEST_BASIS:
        faults["basis"] = gettext("Say which law or decision allows the council to use this list.")
    if new.source not in SOURCES:
        faults["source"] = gettext("Say where the list comes from.")
    if new.identity not in IDENTITY_OF.values():
        faults["identity"] = gettext("Say by what a person is known again.")
    if new.kept_until_on <= today():
        faults["kept"] = gettext("Choose a day in the future: until then the list is kept.")
    return faults


def check_day(target: CensusList, day: date) -> None:
    """Whether an import may hold from this day. Raises: TooEarly."""
    last = queries.find_last(target.id)
    first = last.effective_on if last else date.min
    if not first <= day <= today() + AHEAD:
        raise TooEarly(first.isoformat() if last else "–")


def hold_list(target: CensusList) -> None:
    """Nobody else changes the list until this transaction ends. Raises: ImportRunning at once if somebody does.

    SQLite lets one write at a time anyway, and says so after its patience.
    """
    try:
        if db.session.get_bind().dialect.name == "postgresql":
            asked = text("SELECT pg_try_advisory_xact_lock(hashtext('civic.census'), :list)")
            if not db.session.scalar(asked, {"list": target.id}):
                raise ImportRunning
        else:
            db.session.connection()
    except OperationalError as busy:
        raise ImportRunning from busy
    db.session.expire_all()


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
