"""A rule as one SQL condition over people. Every condition is true or false, never unknown: NOT must turn each into the other.

Census and level are asked of one row a person, joined once and only when the rule asks for them: the entry that holds on the
day. What people did is a set of people: a count joins whole sets, "why is this one in" looks one person up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    true,
    union_all,
)

from app.associations.models import Association, AssociationMember
from app.associations.rules import Standing, State
from app.census.models import CensusEntry, CensusMatch
from app.people import consent
from app.people.engagement import DRIVER_PROCESSES, RECENTLY, TAKING_PART, WITHIN, Engagement
from app.people.models import Activity, ContactPoint, Person, PersonTag
from app.readers import queries as readers
from app.segments.rules import CENSUS_FIELDS, AllOf, Condition, Not, Rule, conditions, years_before

_ASSOCIATION = Association.__table__.c
_BELONGS = AssociationMember.__table__.c
_DID = Activity.__table__.c
_ENTRY = CensusEntry.__table__.c
_MATCH = CensusMatch.__table__.c
_PERSON = Person.__table__.c
_POINT = ContactPoint.__table__.c
_TAG = PersonTag.__table__.c
Said = ColumnElement[bool]
Columns = Any
"""The columns in which an entry stands: of the table, or of `entries_of`."""


@dataclass(frozen=True)
class Moment:
    """The day on which the rule is asked, in the council's zone; ages and "in the last days" hang on it."""

    today: date
    zone: ZoneInfo

    def begin(self, day: date) -> datetime:
        """The first instant of a day."""
        return datetime.combine(day, time(), self.zone)


@dataclass(frozen=True)
class _Asked:
    """What the conditions of one statement are asked of."""

    at: Moment
    entry: Columns
    has_account: bool = True


def people(rule: Rule, at: Moment, *columns: ColumnElement[Any]) -> Select[Any]:
    """The people of the rule who have an account that is not closed; their ids, unless told which columns."""
    chosen = select(*(columns or (_PERSON.id,))).select_from(_source(rule, at.today))
    return chosen.where(_PERSON.disabled_at.is_(None), _said(rule, _Asked(at, _ENTRY)))


def entries(rule: Rule, at: Moment, *columns: ColumnElement[Any]) -> Select[Any]:
    """The entries of the rule that no account is known to be: whatever the census does not say is not so of them."""
    same = and_(_MATCH.list_id == _ENTRY.list_id, _MATCH.identity_hash == _ENTRY.identity_hash)
    chosen = select(*(columns or (_ENTRY.id,))).select_from(CensusEntry.__table__)
    said = _said(rule, _Asked(at, _ENTRY, has_account=False))
    return chosen.where(holds_on(at.today), ~exists().where(same), said)


def answers(rule: Rule, at: Moment, list_id: int | None = None) -> Select[Any]:
    """For one `person`: whether the whole rule holds, then each condition from left to right. One row.

    By what that census list says of them; without one, by the list on which they are known.
    """
    person = bindparam("person", type_=Integer)
    counts = true() if list_id is None else _MATCH.list_id == list_id
    entry = entries_of(and_(_MATCH.person_id == person, counts), at.today)
    asked = _Asked(at, entry.c)
    whole = and_(_PERSON.disabled_at.is_(None), _said(rule, asked, is_alone=False))
    columns = [whole, *(_said(one, asked, is_alone=False) for one in conditions(rule))]
    labelled = [column.label(f"c{number}") for number, column in enumerate(columns)]
    theirs = and_(_MATCH.person_id == _PERSON.id, counts)
    source = Person.__table__.outerjoin(CensusMatch.__table__, theirs)
    if joins_census(rule):
        source = source.outerjoin(entry, entry.c.person_id == _PERSON.id)
    chosen: Any = select(*labelled).select_from(source).where(_PERSON.id == person)
    return cast("Select[Any]", chosen)


def _said(rule: Rule, asked: _Asked, *, is_not: bool = False, is_alone: bool = True) -> Said:
    """Whether the rule holds of the person of the row. NOT is carried down to the conditions, so that sets stay sets.

    `is_alone`: of many people, this must hold by itself, whatever else does.
    """
    if isinstance(rule, Not):
        return _said(rule.part, asked, is_not=not is_not, is_alone=is_alone)
    if isinstance(rule, Condition):
        if not asked.has_account and rule.field not in CENSUS_FIELDS:
            return true() if is_not else false()
        said = _LEAVES[rule.field](rule, asked, is_alone and not (is_not and rule.field in _OF_TWO))
        return ~said if is_not else said
    together = isinstance(rule, AllOf) is not is_not
    alone = is_alone and (together or len(rule.parts) == 1)
    parts = [_said(part, asked, is_not=is_not, is_alone=alone) for part in rule.parts]
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


def holds_on(day: date) -> Said:
    """Whether an entry holds on the day; an import may say today who goes next month."""
    return and_(_ENTRY.valid_from <= day, or_(_ENTRY.valid_until.is_(None), _ENTRY.valid_until > day))


def of_people(people: Collection[int], day: date) -> Subquery:
    """The entries that hold on the day for these few people, each with its `person_id`."""
    return entries_of(_MATCH.person_id.in_(people), day)


def entries_of(matches: Said, day: date) -> Subquery:
    """The entries that hold on the day for a few matches: found by index, those without an end and those with one."""
    theirs = and_(_ENTRY.list_id == _MATCH.list_id, _ENTRY.identity_hash == _MATCH.identity_hash)
    found = select(_MATCH.person_id, *_ENTRY).select_from(
        CensusMatch.__table__.join(CensusEntry.__table__, theirs)
    )
    found = found.where(matches, _ENTRY.valid_from <= day)
    ends = and_(_ENTRY.valid_until.is_not(None), _ENTRY.valid_until > day)
    return union_all(found.where(_ENTRY.valid_until.is_(None)), found.where(ends)).subquery("standing")


def aged(entry: Columns, least: int | None, most: int | None, today: date) -> Said:
    """Whether the entry's age is within; who has only a year of birth is taken to have had their birthday."""
    exact, rough = [], []
    if least is not None:
        exact.append(entry.birth_on <= years_before(today, least))
        rough.append(entry.birth_year <= today.year - least)
    if most is not None:
        exact.append(entry.birth_on > years_before(today, most + 1))
        rough.append(entry.birth_year >= today.year - most)
    return or_(and_(entry.birth_on.is_not(None), *exact), and_(entry.birth_on.is_(None), *rough))


def _source(rule: Rule, day: date) -> FromClause:
    """People with what their match on a list and the entry that holds say, as far as the rule asks; empty for the others."""
    table: FromClause = Person.__table__
    if joins_census(rule) or any(one.field == "level" for one in conditions(rule)):
        table = table.outerjoin(CensusMatch.__table__, _MATCH.person_id == _PERSON.id)
    if joins_census(rule):
        same = and_(_ENTRY.list_id == _MATCH.list_id, _ENTRY.identity_hash == _MATCH.identity_hash)
        table = table.outerjoin(CensusEntry.__table__, and_(same, holds_on(day)))
    return table


def _known(said: Said) -> Said:
    """False where the row says nothing."""
    return said.is_(true())


def _on_list(one: Condition, asked: _Asked, _alone: bool) -> Said:
    return _known(asked.entry.list_id == one["list"])


def _in_district(one: Condition, asked: _Asked, _alone: bool) -> Said:
    return _known(asked.entry.district.in_(one["districts"]))


def _of_age(one: Condition, asked: _Asked, _alone: bool) -> Said:
    within = aged(asked.entry, one["from"], one["to"], asked.at.today)
    return _known(and_(asked.entry.id.is_not(None), within))


def _of_sex(one: Condition, asked: _Asked, _alone: bool) -> Said:
    return _known(asked.entry.sex == one["sex"])


def _speaks(one: Condition, asked: _Asked, _alone: bool) -> Said:
    return _known(asked.entry.language == one["language"])


def _reads(one: Condition, _asked: _Asked, _alone: bool) -> Said:
    said: Said = _PERSON.language == one["language"]
    return said


def _confirmed(_one: Condition, _asked: _Asked, alone: bool) -> Said:
    return _among(select(_POINT.person_id).where(_POINT.confirmed_at.is_not(None)), alone)


def _registered(one: Condition, asked: _Asked, _alone: bool) -> Said:
    since, until = _window(one, asked.at.today)
    said: list[Said] = []
    if since:
        said.append(_PERSON.created_at >= asked.at.begin(since))
    if until:
        said.append(_PERSON.created_at < asked.at.begin(until + timedelta(days=1)))
    return and_(*said)


def _at_level(one: Condition, asked: _Asked, _alone: bool) -> Said:
    matched = _known(_MATCH.level >= one["level"])
    return or_(matched, _confirmed(one, asked, False)) if one["level"] == 1 else matched


def _tagged(one: Condition, _asked: _Asked, alone: bool) -> Said:
    return _among(select(_TAG.person_id).where(_TAG.tag == one["tag"]), alone)


def _belongs(one: Condition, _asked: _Asked, alone: bool) -> Said:
    """A delegate is a member, too; who only asks is none. Of what is on the register, whether its renewal is overdue or not."""
    here = select(_BELONGS.person_id).where(
        _BELONGS.association_id == _ASSOCIATION.id, _ASSOCIATION.state == State.REGISTERED
    )
    here = here.where(
        _BELONGS.standing == Standing.DELEGATE
        if one["standing"] == "delegate"
        else _BELONGS.standing != Standing.ASKED
    )
    if one["association"] is not None:
        here = here.where(_ASSOCIATION.id == one["association"])
    if one["theme"] is not None:
        here = here.where(_ASSOCIATION.theme == one["theme"])
    return _among(here, alone)


def _wants(one: Condition, _asked: _Asked, alone: bool) -> Said:
    return _among(consent.consenting(one["purpose"]), alone)


def _came_to(one: Condition, _asked: _Asked, alone: bool) -> Said:
    return _among(readers.of_outcome(one.relation, one["mailing"]), alone)


def _engaged(one: Condition, asked: _Asked, alone: bool) -> Said:
    levels = list(Engagement)
    place = levels.index(Engagement(one["engagement"]))
    said = [_reached(place, asked.at, alone)]
    if one.relation == "is" and place < len(levels) - 1:
        said.append(~_reached(place + 1, asked.at, alone))
    return and_(*said)


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


def _did(one: Condition, asked: _Asked, alone: bool) -> Said:
    done = select(_DID.person_id).where(_DID.kind == one["kind"])
    if one["process"] is not None:
        done = done.where(_DID.process_id == one["process"])
    since, until = _window(one, asked.at.today)
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
_LEAVES: dict[str, Callable[[Condition, _Asked, bool], Said]] = {
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
    "association": _belongs,
    "letters": _wants,
    "mailing": _came_to,
    "engagement": _engaged,
    "activity": _did,
}
