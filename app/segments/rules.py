"""The rule of a segment: a tree of ALL, ANY and NOT over conditions, as frozen dataclasses and as JSON. Pure.

JSON: `{"all": [...]}`, `{"any": [...]}`, `{"not": …}`, and a condition as
`{"field": "age", "relation": "between", "from": 16, "to": 25}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.associations.rules import THEMES
from app.people.engagement import KINDS, Engagement
from app.people.purposes import BY_KEY
from app.readers.rules import OUTCOMES
from app.segments.errors import Fault, WrongRule

FLOOR = 10
"""No number about fewer people than this is broken down, and no file is made of fewer (guarantees A09)."""
DEEPEST = 5
MOST_CONDITIONS = 50
LONGEST_TEXT = 200
MOST_TEXTS = 50
LONGEST_AGO_DAYS = 3650
OLDEST = 125
Value = str | int | date | tuple[str, ...]
Told = Mapping[str, Callable[[object], Value]]
_DIGITS = re.compile(r"[0-9]{1,9}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True)
class Condition:
    """One question about a person; it is true or false of everybody, and false where nothing is known."""

    field: str
    relation: str
    given: tuple[tuple[str, Value], ...] = ()

    def __getitem__(self, name: str) -> Any:
        """What the condition says of `name`, None when it says nothing."""
        return dict(self.given).get(name)


@dataclass(frozen=True)
class AllOf:
    """Every part holds; without parts: everybody."""

    parts: tuple[AllOf | AnyOf | Not | Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[AllOf | AnyOf | Not | Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold."""

    part: AllOf | AnyOf | Not | Condition


Rule = AllOf | AnyOf | Not | Condition


class _Wrong(Exception):
    """A value that cannot be read; says why as a reason of errors.SENTENCES."""


def _text(raw: object) -> str:
    if not isinstance(raw, str) or len(raw.strip()) > LONGEST_TEXT or not raw.strip().isprintable():
        raise _Wrong("text")
    if not raw.strip():
        raise _Wrong("missing")
    return raw.strip()


def _texts(raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple) or len(raw) > MOST_TEXTS:
        raise _Wrong("text")
    texts = tuple(dict.fromkeys("" if one == "" else _text(one) for one in raw))
    if not texts:
        raise _Wrong("missing")
    return texts


def _number(least: int, most: int) -> Callable[[object], int]:
    def read(raw: object) -> int:
        if isinstance(raw, str) and _DIGITS.fullmatch(raw.strip()) and raw.isascii():
            raw = int(raw)
        if not isinstance(raw, int) or isinstance(raw, bool) or not least <= raw <= most:
            raise _Wrong("number")
        return raw

    return read


def _day(raw: object) -> date:
    try:
        if isinstance(raw, str):
            return date.fromisoformat(raw.strip())
    except ValueError:
        pass
    raise _Wrong("date")


def _one_of(*words: str) -> Callable[[object], str]:
    def read(raw: object) -> str:
        if raw not in words:
            raise _Wrong("choice")
        return str(raw)

    return read


def _language(raw: object) -> str:
    if not isinstance(raw, str) or not _LANGUAGE.fullmatch(raw.strip().lower()):
        raise _Wrong("language")
    return raw.strip().lower()


_ID = _number(1, 2**31 - 1)
_BETWEEN_DAYS: Told = {"since?": _day, "until?": _day}
_LAST: Told = {"days": _number(1, LONGEST_AGO_DAYS)}
_DEED: Told = {"kind": _one_of(*KINDS), "process?": _ID}
_LEVELS = _one_of(*Engagement)
_AS: Told = {"standing": _one_of("member", "delegate")}
FIELDS: Mapping[str, Mapping[str, Told]] = {
    "list": {"on": {"list": _ID}},
    "district": {"one-of": {"districts": _texts}},
    "age": {"between": {"from?": _number(0, OLDEST), "to?": _number(0, OLDEST)}},
    "sex": {"is": {"sex": _one_of("f", "m", "x", "")}},
    "spoken": {"is": {"language": _language}},
    "language": {"is": {"language": _language}},
    "address": {"confirmed": {}},
    "registered": {"in-last": _LAST, "between": _BETWEEN_DAYS},
    "level": {"at-least": {"level": _number(1, 3)}},
    "tag": {"has": {"tag": _text}},
    "association": {
        "any": _AS,
        "named": {**_AS, "association": _ID},
        "of-theme": {**_AS, "theme": _one_of(*THEMES)},
    },
    "letters": {"wanted": {"purpose": _one_of(*BY_KEY)}},
    "mailing": {outcome: {"mailing": _ID} for outcome in OUTCOMES},
    "engagement": {"is": {"engagement": _LEVELS}, "at-least": {"engagement": _LEVELS}},
    "activity": {"ever": _DEED, "in-last": {**_DEED, **_LAST}, "between": {**_DEED, **_BETWEEN_DAYS}},
}
"""Fields, their relations, and what each relation has to be told; with `?` it may be left out, but not both ends of a span."""
CENSUS_FIELDS = ("list", "district", "age", "sex", "spoken")
_SPANS = (("from", "to"), ("since", "until"))


def parse(raw: object) -> Rule:
    """The rule that JSON says.

    Raises: WrongRule with all faults at once, each with its place (`1.3`: the third part of the first).
    """
    reading = _Reading()
    rule = reading.node(raw, "1", 1)
    if reading.conditions > MOST_CONDITIONS:
        reading.faults.append(Fault("1", "many", str(MOST_CONDITIONS)))
    if reading.faults or rule is None:
        raise WrongRule(reading.faults)
    return rule


def to_json(rule: Rule) -> dict[str, Any]:
    """What `parse` reads."""
    if isinstance(rule, Condition):
        given = {
            name: one.isoformat() if isinstance(one, date) else list(one) if isinstance(one, tuple) else one
            for name, one in rule.given
        }
        return {"field": rule.field, "relation": rule.relation, **given}
    if isinstance(rule, Not):
        return {"not": to_json(rule.part)}
    return {"all" if isinstance(rule, AllOf) else "any": [to_json(part) for part in rule.parts]}


def conditions(rule: Rule) -> Iterator[Condition]:
    """The conditions from left to right."""
    if isinstance(rule, Condition):
        yield rule
    elif isinstance(rule, Not):
        yield from conditions(rule.part)
    else:
        for part in rule.parts:
            yield from conditions(part)


def years_before(day: date, years: int) -> date:
    """The same day so many years before; 28 February for one that the year lacks."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


class _Reading:
    """One reading of a tree: faults and conditions so far."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.conditions = 0

    def node(self, raw: object, place: str, depth: int) -> Rule | None:
        """What stands at `place`; None after a fault."""
        if depth > DEEPEST:
            return self._fault(place, "deep", str(DEEPEST))
        if not isinstance(raw, Mapping):
            return self._fault(place, "shape")
        if "field" in raw or "relation" in raw:
            self.conditions += 1
            return self._condition(raw, place)
        if len(raw) != 1:
            return self._fault(place, "shape")
        ((join, inner),) = raw.items()
        if join == "not":
            part = self.node(inner, place, depth + (isinstance(inner, Mapping) and "not" in inner))
            return None if part is None else Not(part)
        if join not in ("all", "any") or not isinstance(inner, list | tuple):
            return self._fault(place, "shape")
        return self._group(join, inner, place, depth)

    def _group(
        self, join: str, inner: list[object] | tuple[object, ...], place: str, depth: int
    ) -> Rule | None:
        if not inner and (join == "any" or place != "1"):
            return self._fault(place, "empty")
        if len(inner) > MOST_CONDITIONS:
            return self._fault(place, "many", str(MOST_CONDITIONS))
        parts = [self.node(one, f"{place}.{at}", depth + 1) for at, one in enumerate(inner, start=1)]
        known = tuple(part for part in parts if part is not None)
        return AllOf(known) if join == "all" else AnyOf(known)

    def _condition(self, raw: Mapping[str, object], place: str) -> Rule | None:
        field, relation = raw.get("field"), raw.get("relation")
        if not isinstance(field, str) or field not in FIELDS:
            return self._fault(place, "field", str(field)[:LONGEST_TEXT])
        if not isinstance(relation, str) or relation not in FIELDS[field]:
            return self._fault(place, "relation", str(relation)[:LONGEST_TEXT])
        wanted = FIELDS[field][relation]
        for name in sorted(set(raw) - {"field", "relation"} - {one.rstrip("?") for one in wanted}):
            self._fault(place, "unknown", str(name)[:LONGEST_TEXT])
        before, given = len(self.faults), {}
        for name, read in wanted.items():
            said = self._value(raw, place, name, read)
            if said is not None:
                given[name.rstrip("?")] = said
        if len(self.faults) == before:
            self._check_spans(wanted, given, place)
        return Condition(field, relation, tuple(given.items()))

    def _value(
        self, raw: Mapping[str, object], place: str, name: str, read: Callable[[object], Value]
    ) -> Value | None:
        plain = name.rstrip("?")
        text = raw.get(plain)
        if text is None or (text == "" and plain != "sex"):
            if plain == name:
                self._fault(place, "missing", plain)
            return None
        try:
            return read(text)
        except _Wrong as wrong:
            self._fault(place, str(wrong), plain)
            return None

    def _check_spans(self, wanted: Mapping[str, object], given: Mapping[str, Any], place: str) -> None:
        for first, last in _SPANS:
            if f"{first}?" not in wanted:
                continue
            if first not in given and last not in given:
                self._fault(place, "missing", first)
            elif first in given and last in given and given[first] > given[last]:
                self._fault(place, "backwards", first)

    def _fault(self, place: str, reason: str, word: str = "") -> Rule | None:
        self.faults.append(Fault(place, reason, word))
        return None
