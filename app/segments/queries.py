"""Reads: segments and their versions; how many people a rule holds of, some of them, and why of somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Row, Select, func, select, text

from app.census.models import CensusEntry
from app.core import clock
from app.core.db import ask, db
from app.people.models import ContactPoint, Person
from app.segments import compiling, rules
from app.segments.compiling import Moment
from app.segments.errors import NoSuchSegment
from app.segments.models import Segment, SegmentExport, SegmentVersion
from app.segments.rules import Condition, Rule

SAMPLE = 10
ROOM = {"work_mem": "'32MB'", "enable_nestloop": "off"}
"""What PostgreSQL is told while it counts."""


@dataclass(frozen=True)
class Described:
    """A segment with one of its versions."""

    segment: Segment
    version: SegmentVersion

    @property
    def rule(self) -> Rule:
        """The version's rule."""
        return rules.parse(self.version.rule)

    @property
    def pin(self) -> tuple[int, int]:
        """The numbers by which a process holds on to this version."""
        return self.segment.id, self.version.number


@dataclass(frozen=True)
class Why:
    """Whether somebody is in, and the answer to each condition from left to right."""

    is_in: bool
    answers: tuple[tuple[Condition, bool], ...]


@dataclass(frozen=True)
class Found:
    """A person in a list: the account, its address, and what the census says; None where it says nothing."""

    person: Person
    address: str
    district: str | None
    birth_year: int | None


def moment() -> Moment:
    """Today, in the council's zone."""
    return Moment(clock.today(), ZoneInfo(current_app.config["CIVIC"].time_zone))


def find_segment(name: str) -> Segment | None:
    """The segment of this name, in any case of letters."""
    return db.session.scalar(select(Segment).where(func.lower(Segment.name) == name.strip().lower()))


def list_names() -> dict[int, str]:
    """The names of all segments, of retired ones too, by number."""
    return {number: name for number, name in ask(select(Segment.id, Segment.name))}


def get_described(segment_id: int, number: int | None = None) -> Described:
    """A segment in its latest version, or in that one. Raises: NoSuchSegment."""
    found = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id)
    if number is not None:
        found = found.where(SegmentVersion.number == number)
    version = db.session.scalar(found.order_by(SegmentVersion.number.desc()).limit(1))
    if version is None:
        raise NoSuchSegment
    return Described(db.session.get_one(Segment, segment_id), version)


def list_described(*, retired: bool = False) -> list[Described]:
    """The segments in use, or those that are retired, in their latest versions, by name."""
    latest = select(SegmentVersion.segment_id, func.max(SegmentVersion.number).label("number"))
    newest = latest.group_by(SegmentVersion.segment_id).subquery()
    rows = db.session.execute(
        select(Segment, SegmentVersion)
        .join(SegmentVersion, SegmentVersion.segment_id == Segment.id)
        .join(
            newest,
            (newest.c.segment_id == Segment.id) & (newest.c.number == SegmentVersion.number),
        )
        .where(Segment.retired_at.is_not(None) if retired else Segment.retired_at.is_(None))
        .order_by(func.lower(Segment.name))
    )
    return [Described(segment, version) for segment, version in rows]


def list_versions(segment_id: int) -> Sequence[SegmentVersion]:
    """All versions, the newest first."""
    found = select(SegmentVersion).where(SegmentVersion.segment_id == segment_id)
    return db.session.scalars(found.order_by(SegmentVersion.number.desc())).all()


def list_exports(segment_id: int) -> Sequence[SegmentExport]:
    """The last 50 files made of it, the newest first."""
    found = select(SegmentExport).where(SegmentExport.segment_id == segment_id)
    return db.session.scalars(found.order_by(SegmentExport.id.desc()).limit(50)).all()


def list_districts() -> list[str]:
    """The districts in which somebody on a census list lives; an empty one for those who have none."""
    named = select(CensusEntry.district).where(CensusEntry.valid_until.is_(None))
    return sorted(db.session.scalars(named.distinct()))


def list_spoken() -> list[str]:
    """The languages that the census knows of somebody."""
    named = select(CensusEntry.language).where(CensusEntry.valid_until.is_(None), CensusEntry.language != "")
    return sorted(db.session.scalars(named.distinct()))


def count(rule: Rule) -> int:
    """How many people the rule holds of, now."""
    with roomy():
        return db.session.scalar(compiling.people(rule, moment(), func.count())) or 0


def count_entries(rule: Rule) -> int | None:
    """How many more stand on the census lists without an account, so that the rule holds; None if it does not ask the census."""
    if not compiling.joins_census(rule):
        return None
    with roomy():
        return db.session.scalar(compiling.entries(rule, moment(), func.count())) or 0


def sample(rule: Rule) -> list[Person]:
    """Ten of them, drawn anew each time."""
    drawn = compiling.people(rule, moment()).order_by(func.random()).limit(SAMPLE)
    with roomy():
        ids = db.session.scalars(drawn).all()
    return list(db.session.scalars(select(Person).where(Person.id.in_(ids)).order_by(Person.id)))


def describe_people(found: Sequence[Person]) -> list[Found]:
    """What officers see of each in a list."""
    ids = [person.id for person in found]
    entry = compiling.of_people(ids, moment().today).c
    rows = db.session.execute(select(entry.person_id, entry.district, entry.birth_year))
    told = {person: (district, year) for person, district, year in rows}
    first = select(ContactPoint.person_id, func.min(ContactPoint.address))
    points = db.session.execute(first.where(ContactPoint.person_id.in_(ids)).group_by(ContactPoint.person_id))
    addresses = {number: address for number, address in points}
    return [Found(one, addresses.get(one.id, ""), *told.get(one.id, (None, None))) for one in found]


def find_standing(person_id: int) -> CensusEntry | None:
    """The census entry that holds for the person today."""
    entry = compiling.of_people([person_id], moment().today).c
    return db.session.scalar(select(CensusEntry).join(entry.id.table, entry.id == CensusEntry.id))


def has(rule: Rule, person_id: int) -> bool:
    """Whether the person is one of them."""
    return why(rule, person_id).is_in


def why(rule: Rule, person_id: int) -> Why:
    """Whether the person is in or out, and by which conditions."""
    return answer(compiling.answers(rule, moment()), rule, person_id)


def answer(statement: Select[Any], rule: Rule, person_id: int) -> Why:
    """What `compiling.answers` of the rule says of the person."""
    whole, *each = (bool(said) for said in ask(statement, {"person": person_id}).one())
    return Why(whole, tuple(zip(rules.conditions(rule), each, strict=True)))


def iter_people(rule: Rule) -> Iterator[Row[Any]]:
    """Number, name, confirmed address and language of each, by number; read as they are asked for."""
    address = (
        select(ContactPoint.address)
        .where(ContactPoint.person_id == Person.id, ContactPoint.confirmed_at.is_not(None))
        .order_by(ContactPoint.id)
        .limit(1)
        .scalar_subquery()
    )
    columns = (
        Person.id.expression,
        Person.display_name.expression,
        func.coalesce(address, ""),
        Person.language.expression,
    )
    chosen = compiling.people(rule, moment(), *columns).order_by(Person.id)
    with roomy():
        yield from db.session.execute(chosen.execution_options(yield_per=2000))


@contextmanager
def roomy() -> Iterator[None]:
    """Let PostgreSQL join whole sets meanwhile: however wrong it guesses, each table is read once."""
    is_postgres = db.session.get_bind().dialect.name == "postgresql"
    if is_postgres:
        db.session.execute(text("; ".join(f"SET LOCAL {name} TO {value}" for name, value in ROOM.items())))
    yield
    if is_postgres:
        db.session.execute(text("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in ROOM)))
