"""Who takes part in a process, or is in a segment, counted beside a census list; and a segment of a group that is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, case, func, select

from app.census import wording
from app.census.models import CensusEntry
from app.core.db import db
from app.processes.models import Process
from app.representation import rules
from app.representation.rules import BANDS, DIMENSIONS, Cell, Comparison
from app.segment_builder import service as segments
from app.segments import compiling, queries
from app.segments import rules as segment_rules
from app.segments.names import Names
from app.segments.queries import Described
from app.segments.rules import AllOf, Condition, Rule

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
    places = _places()
    holds = compiling.holds_on(queries.moment().today)
    stands = select(*places, func.count()).where(_ENTRY.list_id == list_id, holds)
    whole = _by_dimension(stands.group_by(*places))
    taking = compiling.people(on_list, queries.moment(), *places, func.count())
    part = _by_dimension(taking.group_by(*places))
    made = tuple(rules.compare(name, whole[name], part[name]) for name in DIMENSIONS)
    compared = part["sex"].total()
    return Picture(made, compared, queries.count(base.rule) - compared)


def make_segment(actor: str, base: Base, dimension: str, places: Sequence[Any]) -> Described:
    """The people of a group who are not in the base, as a segment; the one that there is already, when asked again.

    Raises: WrongRule when the base's rule leaves no room for more.
    """
    group = rules.group_rule(dimension, places)
    rule = segment_rules.parse({"all": [group, {"not": segment_rules.to_json(base.rule)}]})
    name = gettext("%(group)s, not in: %(base)s", group=say_group(dimension, places), base=base.name)[
        : segments.LONGEST_NAME
    ].strip()
    known = queries.find_segment(name)
    if known is not None:
        return queries.get_described(known.id)
    purpose = gettext(
        "To reach people of a group that takes part less than its share: %(base)s", base=base.name
    )
    return segments.create(actor, name, purpose[: segments.LONGEST_PURPOSE], rule)


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


def _by_dimension(asked: Select[Any]) -> dict[str, Counter[Any]]:
    """How many there are by place, for each dimension: the tables are read once."""
    counts: dict[str, Counter[Any]] = {name: Counter() for name in DIMENSIONS}
    with queries.roomy():
        rows = db.session.execute(asked).all()
    for *places, number in rows:
        for name, place in zip(DIMENSIONS, places, strict=True):
            counts[name][place] += number
    return counts


def _places() -> tuple[ColumnElement[Any], ...]:
    """What an entry says of each dimension; for ages the number of the band."""
    today = queries.moment().today
    bands = [
        (compiling.aged(_ENTRY, first, last, today), number) for number, (first, last) in enumerate(BANDS)
    ]
    band = case(*bands, else_=len(BANDS) - 1)
    return band.label("age"), _ENTRY.sex.label("sex"), _ENTRY.district.label("district")
