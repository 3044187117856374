"""An officer's file, from the upload to the worker that reads it and carries out what the officer decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import BinaryIO

from flask import current_app

from app.census import queries as census
from app.census.models import CensusImport, CensusList
from app.census_imports import deposit, service, staging
from app.census_imports.errors import NoDay, NothingToUndo, NotPrepared
from app.census_imports.presets import NEEDED, Columns, Field, Wish, check_columns, recognize
from app.census_imports.service import Asked
from app.core import clock
from app.core.db import db
from app.core.errors import Refusal
from app.mail import letters
from app.tables import reading
from app.tables.errors import FileRefused

FIRST_ROWS = 5


@dataclass(frozen=True)
class Look:
    """How a file begins, as it is read: so one sees whether accents are right and which column holds what."""

    encoding: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    preset: str
    columns: Columns


def receive(actor: str, target: CensusList, stream: BinaryIO) -> CensusImport:
    """Take in a file whose columns are not known yet. Raises: FileRefused, when it cannot be read at all."""
    table = reading.open_table(stream)
    try:
        asked = Asked(recognize(table.header, target.identity)[0], _first_day(target))
        bringing = service.begin(actor, target, "sent", asked)
        service.note_file(bringing, table)
    finally:
        table.release()
    deposit.keep(bringing.id, stream)
    db.session.flush()
    return bringing


def look_at(bringing: CensusImport) -> Look:
    """The first rows of a file that was sent, and what is recognised of it. Raises: FileRefused."""
    identity = census.get_list(bringing.list_id).identity
    with deposit.opened(bringing.id) as stream:
        table = reading.open_table(stream)
        try:
            rows = [cells for _, cells in islice(table, FIRST_ROWS)]
            preset, columns = recognize(table.header, identity)
            return Look(table.encoding, table.header, rows, preset, columns)
        finally:
            table.release()


def choose(bringing: CensusImport, look: Look, columns: Columns, effective_on: date | None) -> None:
    """Say which column holds what; from now on the file waits for the worker. Raises: ColumnsMissing, TooEarly, NotPrepared."""
    target = census.get_list(bringing.list_id)
    check_columns(look.header, columns, NEEDED[target.identity])
    if effective_on is None:
        raise NoDay
    service.check_day(target, effective_on)
    names = {str(field): [look.header[place] for place in places] for field, places in columns.items()}
    service.move(bringing, ("sent",), state="waiting")
    bringing.columns, bringing.preset, bringing.effective_on = names, look.preset, effective_on
    db.session.flush()


def want(actor: str, bringing: CensusImport, gone: int | None) -> None:
    """Have a prepared import taken over. Raises: NotPrepared, ListChanged, MostlyRejected, NotConfirmed."""
    if bringing.state != "prepared":
        raise NotPrepared
    service.check_applicable(bringing, gone)
    service.move(bringing, ("prepared",), state="applying", applied_by=actor)


def want_undone(actor: str, bringing: CensusImport) -> None:
    """Have the last import of a list undone. Raises: NothingToUndo."""
    last = census.find_last(bringing.list_id)
    if last is None or last.id != bringing.id or last.state != "applied":
        raise NothingToUndo
    service.move(bringing, ("applied",), state="undoing", undone_by=actor)


def carry_on(bringing: CensusImport, pause: Callable[[], object]) -> None:
    """Do what an import waits for. Raises: Refusal; ImportRunning means that it can wait."""
    if bringing.state == "waiting":
        with deposit.opened(bringing.id) as stream:
            if reading.sha256_of(stream) != bringing.file_sha256:
                raise FileRefused("gone")
            wish: Wish = {Field(name): tuple(headers) for name, headers in bringing.columns.items()}
            service.read_file(bringing, stream, wish, pause)
    elif bringing.state == "applying":
        service.apply(bringing.applied_by or "", bringing, bringing.ended)
    elif bringing.state == "undoing":
        service.undo(bringing.undone_by or "", bringing)


def refuse(bringing: CensusImport, refusal: Refusal) -> None:
    """Write down, in each language, why an import goes no further; what was read of it is forgotten."""
    said = {}
    for language in current_app.config["CIVIC"].languages:
        with letters.writing_in(language):
            said[language] = refusal.message()
    bringing.refusal = said
    bringing.state = "applied" if bringing.state == "undoing" else "refused"
    if bringing.state == "refused":
        staging.forget(bringing.id, rejects=True)
    db.session.flush()


def _first_day(target: CensusList) -> date:
    last = census.find_last(target.id)
    return max(clock.today(), last.effective_on) if last else clock.today()
