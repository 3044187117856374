"""Reads about people, for pages and for the features above."""

from __future__ import annotations

from datetime import date

from sqlalchemy import bindparam, func, select

from app.core.db import db
from app.people.engagement import TAKING_PART, WITHIN, Deed
from app.people.models import Activity, ContactPoint, Person
from app.people.rules import normalize_address

SHOWN_DEEDS = 200
_EMAIL = (
    select(ContactPoint)
    .where(ContactPoint.person_id == bindparam("person"), ContactPoint.kind == "email")
    .order_by(ContactPoint.confirmed_at.is_(None), ContactPoint.id)
    .limit(1)
)


def find_person(person_id: int) -> Person | None:
    """The account of this number."""
    return db.session.get(Person, person_id)


def find_person_by_email(address: str) -> Person | None:
    """The account that this address belongs to, confirmed or not."""
    return db.session.scalar(
        select(Person)
        .join(ContactPoint)
        .where(ContactPoint.kind == "email", ContactPoint.normalized == normalize_address(address))
    )


def find_email(person_id: int) -> ContactPoint | None:
    """The address to write to: the first confirmed one, else the first."""
    return db.session.scalar(_EMAIL, {"person": person_id})


def is_confirmed(person_id: int) -> bool:
    """Whether the person has confirmed at least one address (level 1)."""
    return (
        db.session.scalar(
            select(ContactPoint.id)
            .where(ContactPoint.person_id == person_id, ContactPoint.confirmed_at.is_not(None))
            .limit(1)
        )
        is not None
    )


def list_writable(process_id: int) -> list[tuple[int, str, str]]:
    """Number, address and language of everybody in use who did something in a process and can be written to."""
    active = select(Activity.person_id).where(Activity.process_id == process_id)
    return [
        (person_id, address, language)
        for person_id, address, language in db.session.execute(
            select(Person.id, func.min(ContactPoint.address), Person.language)
            .join(ContactPoint)
            .where(Person.id.in_(active), Person.disabled_at.is_(None), ContactPoint.kind == "email")
            .where(ContactPoint.confirmed_at.is_not(None))
            .group_by(Person.id, Person.language)
            .order_by(Person.id)
        )
    ]


def list_staff() -> list[Person]:
    """Officers and administrators, administrators first."""
    return list(
        db.session.scalars(select(Person).where(Person.role != "resident").order_by(Person.role, Person.id))
    )


def list_deletion_wishes() -> list[Person]:
    """People who asked for their account to be deleted and whose account is not closed yet, the longest waiting first."""
    return list(
        db.session.scalars(
            select(Person)
            .where(Person.deletion_requested_at.is_not(None), Person.disabled_at.is_(None))
            .order_by(Person.deletion_requested_at)
        )
    )


def list_deeds(person_id: int) -> list[Deed]:
    """What the person did, the latest first."""
    mine = select(Activity.kind, Activity.process_id, Activity.on).where(Activity.person_id == person_id)
    rows = db.session.execute(mine.order_by(Activity.on.desc(), Activity.process_id, Activity.kind))
    return [Deed(*row) for row in rows]


def list_most_engaged(today: date, most: int) -> list[Person]:
    """Those who took part in most processes within the year (app.people.engagement), of equal ones the latest first."""
    parts = (
        select(Activity.person_id, func.count(Activity.process_id.distinct()), func.max(Activity.on))
        .join(Person)
        .where(Activity.kind.in_(TAKING_PART), Activity.on > today - WITHIN, Activity.on <= today)
        .where(Person.disabled_at.is_(None), Person.erased_at.is_(None))
        .group_by(Activity.person_id)
        .order_by(
            func.count(Activity.process_id.distinct()).desc(),
            func.max(Activity.on).desc(),
            Activity.person_id,
        )
        .limit(most)
    )
    ids = [person_id for person_id, _, _ in db.session.execute(parts)]
    found = {one.id: one for one in db.session.scalars(select(Person).where(Person.id.in_(ids)))}
    return [found[one] for one in ids]


def count_people() -> dict[str, int]:
    """Accounts that are not disabled, by role."""
    rows = db.session.execute(
        select(Person.role, func.count()).where(Person.disabled_at.is_(None)).group_by(Person.role)
    )
    found = {role: number for role, number in rows}
    return {role: found.get(role, 0) for role in ("resident", "officer", "administrator")}
