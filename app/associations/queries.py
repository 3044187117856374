"""Reads: the public directory, the officers' register, who is what in which association, what is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, exists, func, select

from app.associations.models import Association, AssociationGrant, AssociationImport, AssociationMember
from app.associations.rules import REMINDERS, Standing, State, Vitality, band, vitality
from app.core.db import db
from app.core.errors import NotFound
from app.people.models import Activity
from app.people.search import plain

PAGE = 20
MOST_TERMS = 6


@dataclass(frozen=True)
class Search:
    """What somebody looks for; empty parts narrow nothing."""

    words: str = ""
    theme: str = ""
    district: str = ""


@dataclass(frozen=True)
class Directory:
    """A page of the public directory, and the districts to choose from."""

    rows: Sequence[Association]
    total: int
    page: int
    pages: int
    districts: Sequence[str]


@dataclass(frozen=True)
class Registered:
    """A line of the officers' register."""

    association: Association
    last_on: date | None
    vitality: Vitality


@dataclass(frozen=True)
class Membership:
    """One of a person's associations; `asking` is how many wait for a delegate."""

    association: Association
    standing: str
    asking: int


def get_association(association_id: int) -> Association:
    """The association, in whatever state. Raises: NotFound."""
    found = db.session.get(Association, association_id)
    if found is None:
        raise NotFound
    return found


def find_by_key(key: str) -> Association | None:
    """The one on the register whose name is this without case and accents."""
    return db.session.scalar(_registered().where(Association.name_key == key))


def find_by_number(number: str) -> Association | None:
    """The one on the register that has this registration number."""
    return db.session.scalar(_registered().where(Association.number == number))


def list_names() -> dict[int, str]:
    """The names on the register by number, in the order of the names."""
    named = select(Association.id, Association.name).where(Association.state == State.REGISTERED)
    found = db.session.execute(named.order_by(Association.name_key, Association.id))
    return {number: name for number, name in found}


def list_directory(search: Search, today: date, page: int) -> Directory:
    """A page of those in force, by name."""
    chosen = _narrowed(search).where(Association.due_on >= today)
    total = db.session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(page, 1), pages)
    rows = db.session.scalars(_ordered(chosen).limit(PAGE).offset((page - 1) * PAGE)).all()
    return Directory(rows, total, page, pages, list_districts(today))


def list_districts(since: date = date.min) -> Sequence[str]:
    """The districts of the register."""
    named = select(Association.district).distinct().order_by(Association.district)
    there = (Association.state == State.REGISTERED, Association.district != "", Association.due_on >= since)
    return db.session.scalars(named.where(*there)).all()


def list_register(search: Search, today: date) -> list[Registered]:
    """Everything on the register, by name."""
    last = _last_activity()
    return [
        Registered(one, last.get(one.id), vitality(one.due_on or today, last.get(one.id), today))
        for one in db.session.scalars(_ordered(_narrowed(search)))
    ]


def count_fabric(rows: Sequence[Registered]) -> dict[str, Counter[str]]:
    """How many associations by theme, district, size band ("" for not told) and vitality."""
    bands = [band(row.association.size) for row in rows]
    return {
        "theme": Counter(row.association.theme for row in rows),
        "district": Counter(row.association.district for row in rows),
        "size": Counter("" if place is None else str(place) for place in bands),
        "vitality": Counter(str(row.vitality) for row in rows),
    }


def list_in_state(state: State) -> Sequence[Association]:
    """Applications that wait, the oldest first; or those that were refused, or ended."""
    found = select(Association).where(Association.state == state)
    return db.session.scalars(found.order_by(Association.applied_at, Association.id)).all()


def list_orphans() -> Sequence[Association]:
    """Those in which somebody asks to be a member and no delegate is there to answer: an officer must."""
    found = _registered().where(_has(Standing.ASKED), ~_has(Standing.DELEGATE))
    return db.session.scalars(_ordered(found)).all()


def list_left_alone() -> Sequence[Association]:
    """Those whose last delegate went with their account, until another one is named."""
    found = _registered().where(Association.alone_since_at.is_not(None), ~_has(Standing.DELEGATE))
    return db.session.scalars(_ordered(found)).all()


def list_due(today: date) -> Sequence[Association]:
    """Those whose delegates are to be reminded of the renewal."""
    last = today + timedelta(days=max(REMINDERS))
    return db.session.scalars(_registered().where(Association.due_on.between(today, last))).all()


def find_member(association_id: int, person_id: int) -> AssociationMember | None:
    """What the person is in the association."""
    return db.session.get(AssociationMember, (association_id, person_id))


def list_members(association_id: int, *standings: Standing) -> Sequence[AssociationMember]:
    """Who is in one of these standings, or all; those who wait first, then delegates, then by name."""
    found = select(AssociationMember).where(AssociationMember.association_id == association_id)
    if standings:
        found = found.where(AssociationMember.standing.in_(standings))
    order = AssociationMember.standing, AssociationMember.name, AssociationMember.person_id
    return db.session.scalars(found.order_by(*order)).all()


def list_of_person(person_id: int) -> Sequence[AssociationMember]:
    """What the person is in which associations, by the number of the association."""
    mine = select(AssociationMember).where(AssociationMember.person_id == person_id)
    return db.session.scalars(mine.order_by(AssociationMember.association_id)).all()


def list_memberships(person_id: int) -> list[Membership]:
    """The person's associations and applications."""
    asking = (
        select(func.count())
        .where(
            AssociationMember.association_id == Association.id, AssociationMember.standing == Standing.ASKED
        )
        .correlate(Association)
        .scalar_subquery()
    )
    mine = AssociationMember.association_id == Association.id, AssociationMember.person_id == person_id
    found = select(Association, AssociationMember.standing, asking).join(AssociationMember, mine[0] & mine[1])
    return [Membership(*row) for row in db.session.execute(found.order_by(Association.name_key))]


def list_grants(association_id: int) -> Sequence[AssociationGrant]:
    """The grants of an association, the newest first."""
    found = select(AssociationGrant).where(AssociationGrant.association_id == association_id)
    return db.session.scalars(
        found.order_by(AssociationGrant.decided_on.desc(), AssociationGrant.id.desc())
    ).all()


def find_import(import_id: int) -> AssociationImport | None:
    """A file that waits to be taken over."""
    return db.session.get(AssociationImport, import_id)


def _last_activity() -> dict[int, date]:
    """The day on which a confirmed member last did anything on this site, by association."""
    last = (
        select(AssociationMember.association_id, func.max(Activity.on))
        .join(Activity, Activity.person_id == AssociationMember.person_id)
        .where(AssociationMember.standing != Standing.ASKED)
        .group_by(AssociationMember.association_id)
    )
    return {number: on for number, on in db.session.execute(last)}


def _has(standing: Standing) -> ColumnElement[bool]:
    here = AssociationMember.association_id == Association.id
    return exists().where(here, AssociationMember.standing == standing)


def _registered() -> Select[Association]:
    return select(Association).where(Association.state == State.REGISTERED)


def _ordered(found: Select[Association]) -> Select[Association]:
    return found.order_by(Association.name_key, Association.id)


def _narrowed(search: Search) -> Select[Association]:
    found = _registered()
    for term in plain(search.words[:200]).split()[:MOST_TERMS]:
        found = found.where(Association.words.contains(term, autoescape=True))
    if search.theme:
        found = found.where(Association.theme == search.theme)
    if search.district:
        found = found.where(Association.district == search.district)
    return found
