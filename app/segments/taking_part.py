"""Who takes part in a process, or is in a segment, counted beside a census list; and a segment of a group that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, case, func, select

from app.census.models import CensusEntry
from app.core.db import db
from app.processes.models import Process
from app.segments import compiling, queries, representation, rules, service, wording
from app.segments.queries import Described
from app.segments.representation import BANDS, DIMENSIONS, Cell, Comparison
from app.segments.rules import AllOf, Condition, Rule
from app.segments.service import LONGEST_NAME
from app.segments.wording import Names

_ENTRY = CensusEntry.__table__.c


@dataclass(frozen=True)
class Base:
    """Those who are compared with the census: the people of a rule, what it is called, and whether it is a process."""

    name: str
    rule: Rule
    is_process: bool


@dataclass(frozen=True)
class Picture:
    """The comparisons with a list, how many were compared, and how many are on no list and so in no comparison."""

    comparisons: tuple[Comparison, ...]
    compared: int
    unknown: int


def base_of_process(process: Process, names: Names) -> Base:
    """Those who have voted in the process."""
    given = (("kind", "voted"), ("process", process.id))
    return Base(names.processes[process.id], Condition("activity", "ever", given), is_process=True)


def base_of_segment(described: Described) -> Base:
    """The people of a segment."""
    return Base(described.segment.name, described.rule, is_process=False)


def picture(base: Base, list_id: int) -> Picture:
    """The people of the rule who are on the list, beside everybody who is on it."""
    on_list = AllOf((base.rule, Condition("list", "on", (("list", list_id),))))
    compared = queries.count(on_list)
    whole = {name: _count_list(list_id, name) for name in DIMENSIONS}
    part = {name: _count_people(on_list, name) for name in DIMENSIONS}
    made = tuple(representation.compare(name, whole[name], part[name]) for name in DIMENSIONS)
    return Picture(made, compared, queries.count(base.rule) - compared)


def make_segment(actor: str, base: Base, dimension: str, places: Sequence[Any]) -> Described:
    """The people of a group who are not in the base, as a segment; the one that there is already, when asked again.

    Raises: WrongRule when the base's rule leaves no room for more.
    """
    group = representation.group_rule(dimension, places)
    rule = rules.parse({"all": [group, {"not": rules.to_json(base.rule)}]})
    name = gettext("%(group)s, not in: %(base)s", group=say_group(dimension, places), base=base.name)[
        :LONGEST_NAME
    ].strip()
    known = queries.find_segment(name)
    if known is not None:
        return queries.get_described(known.id)
    purpose = gettext(
        "To reach people of a group that takes part less than its share: %(base)s", base=base.name
    )
    return service.create(actor, name, purpose[: service.LONGEST_PURPOSE], rule)


def say_group(dimension: str, places: Sequence[Any]) -> str:
    """A group in words; one put together of several names them all."""
    if dimension == "age":
        first, last = BANDS[min(places)][0], BANDS[max(places)][1]
        if last is None:
            return gettext("%(first)s and older", first=first)
        return gettext("%(first)s to %(last)s", first=first, last=last)
    say = wording.sex_name if dimension == "sex" else wording.district_name
    return ", ".join(say(place) for place in places)


def say_cell(dimension: str, cell: Cell) -> str:
    """The group of a cell in words."""
    return say_group(dimension, cell.places)


def _count_list(list_id: int, dimension: str) -> dict[Any, int]:
    place = _place(dimension)
    asked = select(place, func.count()).where(_ENTRY.list_id == list_id, _ENTRY.valid_until.is_(None))
    return {name: number for name, number in db.session.execute(asked.group_by(place))}


def _count_people(rule: Rule, dimension: str) -> dict[Any, int]:
    place = _place(dimension)
    asked = compiling.people(rule, queries.moment(), place, func.count())
    return {name: number for name, number in db.session.execute(asked.group_by(place))}


def _place(dimension: str) -> ColumnElement[Any]:
    """What the entry says of the dimension; for ages the number of the band."""
    if dimension != "age":
        return {"sex": _ENTRY.sex, "district": _ENTRY.district}[dimension].label("place")
    today = queries.moment().today
    bands = [(compiling.aged(first, last, today), number) for number, (first, last) in enumerate(BANDS)]
    return case(*bands, else_=len(BANDS) - 1).label("place")
