"""Reads: accounts that may be the same person's, and what an officer compares before merging two.

Two accounts are never the same entry of a census list (the database forbids it), so names and mail boxes are what there is:
hints, for an officer to judge.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, case, func, select

from app.ballots import queries as ballots
from app.core.db import db
from app.people import consent, tags
from app.people import queries as people
from app.people.models import ContactPoint, Person
from app.privacy.errors import NotMergeable
from app.processes import queries as processes
from app.segments import queries as segments
from app.segments.queries import Found

SHOWN = 50


@dataclass(frozen=True)
class Group:
    """Accounts that look alike, the oldest first. `is_mailbox`: by their address; else by their name."""

    is_mailbox: bool
    found: list[Found]


@dataclass(frozen=True)
class Account:
    """What an officer sees of an account beside the other one."""

    person: Person
    addresses: list[str]
    census: str
    tags: list[str]
    letters: list[str]
    votes: list[str]
    last_on: date | None


def list_groups() -> list[Group]:
    """At most fifty groups by mail box and fifty by name; those whom the census knows with different births are not one."""
    groups = []
    for is_mailbox, key in ((True, _mailbox()), (False, _name())):
        for ids in _alike(key, is_mailbox):
            rows = db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)).all()
            found = segments.describe_people(rows)
            if len({one.birth_year for one in found if one.birth_year}) < 2:
                groups.append(Group(is_mailbox, found))
    return groups


def read_account(person: Person, titles: dict[int, str]) -> Account:
    """One side of the comparison. `titles` are the processes' names by number."""
    entry = segments.find_standing(person.id)
    voted = ballots.list_voted(person.id, [one.id for one in processes.list_processes(published=False)])
    deeds = people.list_deeds(person.id)
    return Account(
        person,
        [point.address for point in person.contact_points],
        f"{entry.birth_year}, {entry.district}" if entry else "",
        tags.list_tags(person.id),
        [row.purpose for row in consent.consents_of(person.id).values() if consent.holds(row)],
        [titles.get(number, str(number)) for number in voted],
        deeds[0].on if deeds else None,
    )


def check_mergeable(gone: Person, kept: Person) -> None:
    """Whether the one account may be merged into the other. Raises: NotMergeable, with the reason."""
    if gone.id == kept.id:
        raise NotMergeable("same")
    if gone.disabled_at or kept.disabled_at:
        raise NotMergeable("closed")
    if {gone.role, kept.role} != {"resident"}:
        raise NotMergeable("staff")
    if segments.find_standing(gone.id) and segments.find_standing(kept.id):
        raise NotMergeable("two-people")


def _alike(key: ColumnElement[str], is_mailbox: bool) -> Sequence[list[int]]:
    table: Any = Person.__table__
    if is_mailbox:
        table = table.join(ContactPoint.__table__, ContactPoint.person_id == Person.id)
    is_meant = ContactPoint.kind == "email" if is_mailbox else Person.display_name.like("_% _%")
    asked = select(key).select_from(table).where(Person.disabled_at.is_(None), is_meant)
    often = asked.group_by(key).having(func.count(Person.id.distinct()) > 1).limit(SHOWN)
    keys = list(db.session.scalars(often))
    rows = select(key, Person.id).select_from(table).where(key.in_(keys), Person.disabled_at.is_(None))
    found: dict[str, list[int]] = defaultdict(list)
    for one, number in db.session.execute(rows.distinct()):
        found[one].append(number)
    return [found[one] for one in keys]


def _name() -> ColumnElement[str]:
    return func.lower(Person.display_name)


def _mailbox() -> ColumnElement[str]:
    """The address without dots and without what stands behind a plus: with many providers the same box."""
    address: Any = ContactPoint.normalized
    place = func.strpos if db.session.get_bind().dialect.name == "postgresql" else func.instr
    plus, at = place(address, "+"), place(address, "@")
    bare = func.substr(address, 1, plus - 1).concat(func.substr(address, at))
    return func.replace(case((plus > 1, bare), else_=address), ".", "")
