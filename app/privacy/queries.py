"""Reads: what the database holds of a person, what an erasure waits for, and what is kept longer than it may be (I8)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, exists, func, select

from app.ballots import queries as ballots
from app.core import clock
from app.core.db import Base, db
from app.mail import outbox
from app.mail.outbox import OutboxMessage
from app.mail.suppression import hash_of
from app.people.models import ContactPoint, Person
from app.privacy.holdings import HOLDINGS, By, Holding
from app.privacy.rules import GRACE, SETTLE
from app.processes import queries as processes
from app.processes.models import Process


@dataclass(frozen=True)
class Whose:
    """A person as the database names them."""

    person_id: int
    addresses: tuple[str, ...]

    @property
    def actor(self) -> str:
        """As acts name the person."""
        return f"person:{self.person_id}"


@dataclass(frozen=True)
class Held:
    """What one holding has of a person: its rows, without what is hidden."""

    holding: Holding
    rows: list[dict[str, Any]]


def whose(person_id: int) -> Whose:
    """How the database names the person now."""
    mine = select(ContactPoint.normalized).where(ContactPoint.person_id == person_id)
    return Whose(person_id, tuple(db.session.scalars(mine.order_by(ContactPoint.id))))


def table_of(holding: Holding) -> Table:
    """The table of a holding."""
    return Base.metadata.tables[holding.table]


def is_theirs(holding: Holding, who: Whose) -> ColumnElement[bool]:
    """Whether a row of the holding names the person."""
    column = table_of(holding).c[holding.column]
    if holding.by is By.ADDRESS:
        return func.lower(column).in_(who.addresses)
    if holding.by is By.HASH:
        return column.in_([hash_of(address) for address in who.addresses])
    named: ColumnElement[bool] = column == (who.actor if holding.by is By.ACTOR else who.person_id)
    return named


def iter_held(person_id: int) -> Iterator[Held]:
    """Everything that names the person, holding by holding, also those that have nothing."""
    who = whose(person_id)
    for holding in HOLDINGS:
        table = table_of(holding)
        shown = [column for column in table.columns if column.name not in holding.hidden]
        found = select(*shown).where(is_theirs(holding, who)).order_by(*table.primary_key.columns)
        yield Held(holding, [{name: _plain(value) for name, value in row.items()} for row in _rows(found)])


def list_open_votes(person_id: int) -> list[Process]:
    """The processes in which the person has voted and whose box is not closed: their address and match are kept until then."""
    voted = ballots.list_voted(person_id, processes.list_box_open())
    return [one for one in processes.list_processes(published=True) if one.id in voted]


def list_erasable() -> list[int]:
    """Closed accounts whose people wanted them erased, after the moment in which what was in flight has settled."""
    settled = Person.disabled_at < clock.now() - SETTLE
    asked = (Person.deletion_requested_at.is_not(None), Person.erased_at.is_(None))
    return list(db.session.scalars(select(Person.id).where(settled, *asked).order_by(Person.id)))


def count_overdue() -> int:
    """How much is kept that the worker should have erased or deleted long ago."""
    late = clock.now() - GRACE
    asked = select(Person.id).where(Person.disabled_at < late, Person.deletion_requested_at.is_not(None))
    waiting = db.session.scalars(asked.where(Person.erased_at.is_(None)))
    people = sum(1 for person_id in waiting if not list_open_votes(person_id))
    left = exists().where(ContactPoint.person_id == Person.id)
    erased = select(func.count()).select_from(Person).where(Person.erased_at.is_not(None), left)
    old = (OutboxMessage.state.in_(outbox.FINAL), OutboxMessage.done_at < late - outbox.KEPT)
    letters = select(func.count()).select_from(OutboxMessage).where(*old)
    return people + (db.session.scalar(erased) or 0) + (db.session.scalar(letters) or 0)


def _rows(found: Any) -> Iterator[Any]:
    return iter(db.session.execute(found).mappings())


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return None if isinstance(value, bytes) else value
