"""A rule as one SQL condition over people. Every condition is true or false, never unknown: NOT must turn each into the other.

Census and level are asked of one row a person, joined once and only when the rule asks for them. What people did is a set of
people: a count joins whole sets, "why is this one in" looks one person up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, func, or_, select, true

from app.census.models import CensusEntry, CensusMatch
from app.people import consent
from app.people.engagement import DRIVER_PROCESSES, RECENTLY, TAKING_PART, WITHIN, Engagement
from app.people.models import Activity, ContactPoint, Person, PersonTag
from app.segments.rules import CENSUS_FIELDS, AllOf, Condition, Not, Rule, conditions, years_before

_DID = Activity.__table__.c
_ENTRY = CensusEntry.__table__.c
_MATCH = CensusMatch.__table__.c
_PERSON = Person.__table__.c
_POINT = ContactPoint.__table__.c
_TAG = PersonTag.__table__.c
Said = ColumnElement[bool]


@dataclass(frozen=True)
class Moment:
    """The day on which the rule is asked, in the council's zone; ages and "in the last days" hang on it."""

    today: date
    zone: ZoneInfo

    def begin(self, day: date) -> datetime:
        """The first instant of a day."""
        return datetime.combine(day, time(), self.zone)


def people(rule: Rule, at: Moment, *columns: ColumnElement[Any]) -> Select[Any]:
    """The people of the rule who have an account that is not closed; their ids, unless told which columns."""
    chosen = select(*(columns or (_PERSON.id,))).select_from(_source(rule))
    return chosen.where(_PERSON.disabled_at.is_(None), _said(rule, at))


def answers(rule: Rule, at: Moment, person_id: int) -> Select[Any]:
    """For one person: whether the whole rule holds, then each condition from left to right. One row."""
    whole = and_(_PERSON.disabled_at.is_(None), _said(rule, at, is_alone=False))
    columns = [whole, *(_said(one, at, is_alone=False) for one in conditions(rule))]
    labelled = [column.label(f"c{number}") for number, column in enumerate(columns)]
    chosen: Any = select(*labelled).select_from(_source(rule)).where(_PERSON.id == person_id)
    return cast("Select[Any]", chosen)


def _said(rule: Rule, at: Moment, *, is_not: bool = False, is_alone: bool = True) -> Said:
    """Whether the rule holds of the person of the row. NOT is carried down to the conditions, so that sets stay sets.

    `is_alone`: of many people, this must hold by itself, whatever else does.
    """
    if isinstance(rule, Not):
        return _said(rule.part, at, is_not=not is_not, is_alone=is_alone)
    if isinstance(rule, Condition):
        asked = _LEAVES[rule.field](rule, at, is_alone and not (is_not and rule.field in _OF_TWO))
        return ~asked if is_not else asked
    together = isinstance(rule, AllOf) is not is_not
    alone = is_alone and (together or len(rule.parts) == 1)
    parts = [_said(part, at, is_not=is_not, is_alone=alone) for part in rule.parts]
    return and_(true(), *parts) if together else or_(false(), *parts)


def _among(people: Select[Any], alone: bool) -> Said:
    """Whether the person of the row is one of these: a set to be joined as a whole, or, in an OR, looked up by index."""
    if alone:
        found = people.subquery()
        return exists().where(found.c.person_id == _PERSON.id)
    (column,) = people.selected_columns
    return people.where(column == _PERSON.id).correlate(Person.__table__).exists()


def joins_census(rule: Rule) -> bool:
    """Whether the rule asks for something that the census says."""
    return any(one.field in CENSUS_FIELDS for one in conditions(rule))


def with_census(outer: FromClause) -> FromClause:
    """People with what their match on a list and the entry that stands for it say, empty for the others."""
    matched = outer.outerjoin(CensusMatch.__table__, _MATCH.person_id == _PERSON.id)
    stands = and_(
        _ENTRY.list_id == _MATCH.list_id,
        _ENTRY.identity_hash == _MATCH.identity_hash,
        _ENTRY.valid_until.is_(None),
    )
    return matched.outerjoin(CensusEntry.__table__, stands)


def aged(least: int | None, most: int | None, today: date) -> Said:
    """Whether the entry's age is within; who has only a year of birth is taken to have had their birthday."""
    exact, rough = [], []
    if least is not None:
        exact.append(_ENTRY.birth_on <= years_before(today, least))
        rough.append(_ENTRY.birth_year <= today.year - least)
    if most is not None:
        exact.append(_ENTRY.birth_on > years_before(today, most + 1))
        rough.append(_ENTRY.birth_year >= today.year - most)
    return or_(and_(_ENTRY.birth_on.is_not(None), *exact), and_(_ENTRY.birth_on.is_(None), *rough))


def _source(rule: Rule) -> FromClause:
    table: FromClause = Person.__table__
    if joins_census(rule):
        return with_census(table)
    if any(one.field == "level" for one in conditions(rule)):
        return table.outerjoin(CensusMatch.__table__, _MATCH.person_id == _PERSON.id)
    return table


def _known(asked: Said) -> Said:
    """False where the row says nothing."""
    return asked.is_(true())


def _on_list(one: Condition, _at: Moment, _alone: bool) -> Said:
    return _known(_ENTRY.list_id == one["list"])


def _in_district(one: Condition, _at: Moment, _alone: bool) -> Said:
    return _known(_ENTRY.district.in_(one["districts"]))


def _of_age(one: Condition, at: Moment, _alone: bool) -> Said:
    return _known(and_(_ENTRY.id.is_not(None), aged(one["from"], one["to"], at.today)))


def _of_sex(one: Condition, _at: Moment, _alone: bool) -> Said:
    return _known(_ENTRY.sex == one["sex"])


def _speaks(one: Condition, _at: Moment, _alone: bool) -> Said:
    return _known(_ENTRY.language == one["language"])


def _reads(one: Condition, _at: Moment, _alone: bool) -> Said:
    asked: Said = _PERSON.language == one["language"]
    return asked


def _confirmed(_one: Condition, _at: Moment, alone: bool) -> Said:
    return _among(select(_POINT.person_id).where(_POINT.confirmed_at.is_not(None)), alone)


def _registered(one: Condition, at: Moment, _alone: bool) -> Said:
    since, until = _window(one, at.today)
    asked: list[Said] = []
    if since:
        asked.append(_PERSON.created_at >= at.begin(since))
    if until:
        asked.append(_PERSON.created_at < at.begin(until + timedelta(days=1)))
    return and_(*asked)


def _at_level(one: Condition, at: Moment, _alone: bool) -> Said:
    matched = _known(_MATCH.level >= one["level"])
    return or_(matched, _confirmed(one, at, False)) if one["level"] == 1 else matched


def _tagged(one: Condition, _at: Moment, alone: bool) -> Said:
    return _among(select(_TAG.person_id).where(_TAG.tag == one["tag"]), alone)


def _wants(one: Condition, _at: Moment, alone: bool) -> Said:
    return _among(consent.consenting(one["purpose"]), alone)


def _engaged(one: Condition, at: Moment, alone: bool) -> Said:
    levels = list(Engagement)
    place = levels.index(Engagement(one["engagement"]))
    asked = [_reached(place, at, alone)]
    if one.relation == "is" and place < len(levels) - 1:
        asked.append(~_reached(place + 1, at, alone))
    return and_(*asked)


def _reached(place: int, at: Moment, alone: bool) -> Said:
    """Whether the level of this place, or a higher one, is reached (app.people.engagement says when)."""
    if place == 0:
        return true()
    today = at.today
    done = select(_DID.person_id).where(_DID.on >= today - WITHIN, _DID.on <= today)
    if place > 1:
        done = done.where(_DID.kind.in_(TAKING_PART))
    if place > 2:
        often = func.count(_DID.process_id.distinct()) >= DRIVER_PROCESSES
        lately = func.max(_DID.on) >= today - RECENTLY
        done = done.group_by(_DID.person_id).having(and_(often, lately))
    return _among(done, alone)


def _did(one: Condition, at: Moment, alone: bool) -> Said:
    done = select(_DID.person_id).where(_DID.kind == one["kind"])
    if one["process"] is not None:
        done = done.where(_DID.process_id == one["process"])
    since, until = _window(one, at.today)
    if since:
        done = done.where(_DID.on >= since)
    if until:
        done = done.where(_DID.on <= until)
    return _among(done, alone)


def _window(one: Condition, today: date) -> tuple[date | None, date | None]:
    """First and last day of the condition's span."""
    if one.relation == "in-last":
        return today - timedelta(days=one["days"]), None
    return one["since"], one["until"]


_OF_TWO = ("engagement", "level")
"""Conditions that ask for two things together: turned round they are an OR."""
_LEAVES: dict[str, Callable[[Condition, Moment, bool], Said]] = {
    "list": _on_list,
    "district": _in_district,
    "age": _of_age,
    "sex": _of_sex,
    "spoken": _speaks,
    "language": _reads,
    "address": _confirmed,
    "registered": _registered,
    "level": _at_level,
    "tag": _tagged,
    "letters": _wants,
    "engagement": _engaged,
    "activity": _did,
}
