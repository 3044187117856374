"""Rules drawn at random, and what they mean, told slowly and plainly in Python: the judge of what SQL says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from app.people.engagement import KINDS, Deed, Engagement, engagement
from app.readers.rules import OUTCOMES
from app.segments.rules import AllOf, AnyOf, Condition, Not, Rule

TODAY = date(2026, 11, 24)
DISTRICTS = ("", "Señorío", "Old town")
CLUBS = {1: "sport", 2: "nature", 3: "sport", 4: "nature"}
"""Associations with their themes; the last one is not on the register."""
MAILINGS = {1: True, 2: False}
"""Mailings that ended; of those that were watched it is known who opened them."""
COPIES = ("sent", "opened", "clicked", "came-back", "refused", "no-consent")
"""What became of a reader's copy."""
TAGS = ("interpreter", "youth council")


@dataclass
class Fact:
    """All that is known of one person."""

    language: str
    registered_on: date
    confirmed: bool
    is_closed: bool = False
    level: int = 0
    entry: dict[str, Any] | None = None
    tags: list[str] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    clubs: dict[int, str] = field(default_factory=dict)
    copies: dict[int, str] = field(default_factory=dict)


def holds(rule: Rule, fact: Fact) -> bool:
    """Whether the rule is true of the person."""
    if isinstance(rule, AllOf):
        return all(holds(part, fact) for part in rule.parts)
    if isinstance(rule, AnyOf):
        return any(holds(part, fact) for part in rule.parts)
    if isinstance(rule, Not):
        return not holds(rule.part, fact)
    return _condition(rule, fact)


def _condition(one: Condition, fact: Fact) -> bool:
    if one.field in ("list", "district", "age", "sex", "spoken"):
        return fact.entry is not None and _census(one, fact.entry)
    if one.field == "language":
        return fact.language == one["language"]
    if one.field == "address":
        return fact.confirmed
    if one.field == "registered":
        return _in_window(one, fact.registered_on)
    if one.field == "level":
        return max(fact.level, 1 if fact.confirmed else 0) >= one["level"]
    if one.field in ("tag", "association", "mailing"):
        return _belongs(one, fact)
    if one.field == "engagement":
        return _engaged(one, fact)
    return any(
        deed.kind == one["kind"]
        and one["process"] in (None, deed.process_id)
        and (one.relation == "ever" or _in_window(one, deed.on))
        for deed in fact.deeds
    )


def _engaged(one: Condition, fact: Fact) -> bool:
    levels, mine = list(Engagement), engagement(fact.deeds, TODAY)
    wanted = levels.index(Engagement(one["engagement"]))
    return levels.index(mine) >= wanted if one.relation == "at-least" else mine == one["engagement"]


def _belongs(one: Condition, fact: Fact) -> bool:
    if one.field == "tag":
        return one["tag"] in fact.tags
    if one.field == "association":
        return _is_in_any(one, fact.clubs)
    number = one["mailing"]
    return _came_to(one.relation, fact.copies.get(number, ""), MAILINGS.get(number, False))


def _came_to(outcome: str, copy: str, is_watched: bool) -> bool:
    return {
        "sent": copy in ("sent", "opened", "clicked"),
        "unopened": is_watched and copy == "sent",
        "clicked": is_watched and copy == "clicked",
        "back": copy in ("came-back", "refused"),
    }[outcome]


def _is_in_any(one: Condition, clubs: dict[int, str]) -> bool:
    """The last association is not on the register; who asks is no member."""
    wanted = ("delegate",) if one["standing"] == "delegate" else ("member", "delegate")
    return any(
        standing in wanted
        and number != max(CLUBS)
        and one["association"] in (None, number)
        and one["theme"] in (None, CLUBS[number])
        for number, standing in clubs.items()
    )


def _census(one: Condition, entry: dict[str, Any]) -> bool:
    if one.field == "list":
        return bool(entry["list"] == one["list"])
    if one.field == "district":
        return entry["district"] in one["districts"]
    if one.field == "sex":
        return bool(entry["sex"] == one["sex"])
    if one.field == "spoken":
        return bool(entry["language"] == one["language"])
    born = entry["birth_on"]
    age = TODAY.year - entry["birth_year"]
    if born is not None and (TODAY.month, TODAY.day) < (born.month, born.day):
        age -= 1
    return (one["from"] is None or age >= one["from"]) and (one["to"] is None or age <= one["to"])


def _in_window(one: Condition, day: date) -> bool:
    if one.relation == "in-last":
        return day >= TODAY - timedelta(days=one["days"])
    return (one["since"] or date.min) <= day <= (one["until"] or date.max)


def _span(values: st.SearchStrategy[Any], first: str, last: str) -> st.SearchStrategy[dict[str, Any]]:
    def order(pair: tuple[Any, Any], left: int) -> dict[str, Any]:
        low, high = sorted(pair)
        return [{first: low, last: high}, {first: low}, {last: high}][left]

    return st.builds(order, st.tuples(values, values), st.integers(0, 2))


def _of(
    name: str, relation: str, told: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    return told.map(lambda given: {"field": name, "relation": relation, **given})


_days = st.integers(0, 500).map(lambda ago: (TODAY - timedelta(days=ago)).isoformat())
_last = st.fixed_dictionaries({"days": st.integers(1, 500)})
_deed = st.fixed_dictionaries({"kind": st.sampled_from(KINDS)}, optional={"process": st.integers(1, 4)})
_level = st.fixed_dictionaries({"engagement": st.sampled_from([str(one) for one in Engagement])})
_as = st.fixed_dictionaries({"standing": st.sampled_from(["member", "delegate"])})
_mailing = st.fixed_dictionaries({"mailing": st.integers(1, len(MAILINGS) + 1)})
_windows = _span(_days, "since", "until")
CONDITIONS = st.one_of(
    _of("list", "on", st.fixed_dictionaries({"list": st.integers(1, 2)})),
    _of(
        "district",
        "one-of",
        st.fixed_dictionaries({"districts": st.lists(st.sampled_from(DISTRICTS), min_size=1)}),
    ),
    _of("age", "between", _span(st.integers(0, 100), "from", "to")),
    _of("sex", "is", st.fixed_dictionaries({"sex": st.sampled_from(["f", "m", "x", ""])})),
    _of("spoken", "is", st.fixed_dictionaries({"language": st.sampled_from(["fr", "ca"])})),
    _of("language", "is", st.fixed_dictionaries({"language": st.sampled_from(["fr", "es"])})),
    _of("address", "confirmed", st.just({})),
    _of("registered", "in-last", _last),
    _of("registered", "between", _windows),
    _of("level", "at-least", st.fixed_dictionaries({"level": st.integers(1, 3)})),
    _of("tag", "has", st.fixed_dictionaries({"tag": st.sampled_from(TAGS)})),
    _of("association", "any", _as),
    _of(
        "association",
        "named",
        st.builds(lambda one, two: one | {"association": two}, _as, st.integers(1, len(CLUBS))),
    ),
    _of(
        "association",
        "of-theme",
        st.builds(lambda one, two: one | {"theme": two}, _as, st.sampled_from(["sport", "nature", "work"])),
    ),
    *(_of("mailing", outcome, _mailing) for outcome in OUTCOMES),
    _of("engagement", "is", _level),
    _of("engagement", "at-least", _level),
    _of("activity", "ever", _deed),
    _of("activity", "in-last", st.builds(lambda one, two: one | two, _deed, _last)),
    _of("activity", "between", st.builds(lambda one, two: one | two, _deed, _windows)),
)


def _groups(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(inner, min_size=1, max_size=3)
    return st.one_of(
        st.fixed_dictionaries({"all": several}),
        st.fixed_dictionaries({"any": several}),
        st.fixed_dictionaries({"not": inner}),
    )


def depth(raw: dict[str, Any]) -> int:
    inner = raw.get("all") or raw.get("any") or ([raw["not"]] if "not" in raw else [])
    return 1 + max((depth(one) for one in inner), default=0)


TREES = st.recursive(CONDITIONS, _groups, max_leaves=8).filter(lambda raw: depth(raw) <= 5)
"""Rules as JSON, each kind of condition, nested."""
