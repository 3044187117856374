"""Who may take part in a process by one version of a segment: which rules can say it, in which words, and what somebody lacks.

What people do on the site changes while they take part, and so would their right to: rules that ask for it are refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import Select

from app.processes.rules import Who
from app.segments import compiling, queries, rules, wording
from app.segments.compiling import Moment
from app.segments.errors import UnfitRule
from app.segments.names import load_names
from app.segments.queries import Described
from app.segments.rules import CENSUS_FIELDS, AllOf, Condition, Not, Rule
from app.verification import service as verification

CHANGING = ("activity", "engagement", "language", "mailing")
Version = tuple[int, int]
"""The number of a segment, and of one of its versions."""


@dataclass(frozen=True)
class Lack:
    """What keeps somebody out of a process today, and whether to be found on a census list might help.

    `code`: not-on-the-list, on-another-list, check-waiting, too-young; or not-in-the-segment, with the `parts` of its rule that
    are not so of them, in words.
    """

    code: str
    parts: tuple[str, ...] = ()
    may_check: bool = False


@dataclass
class _Kept:
    """A version's rule, read once, and by list the statement of a day that asks it of somebody: votes come by the thousand."""

    rule: Rule
    asked: dict[int, tuple[Moment, Select[Any]]] = field(default_factory=dict)


def list_changing(rule: Rule) -> list[Condition]:
    """The conditions that people change by taking part, by a click of their own, or by waiting."""
    return [one for one in rules.conditions(rule) if one.field in CHANGING or one.relation == "in-last"]


def is_fit(rule: Rule) -> bool:
    """Whether the rule can say who may take part: it asks for something, and for nothing that changes meanwhile."""
    return any(rules.conditions(rule)) and not list_changing(rule)


def asks_lists(version: Version) -> bool:
    """Whether it asks for what only a census list knows, so that one list has to be named. Raises: NoSuchSegment."""
    return any(
        one.field in CENSUS_FIELDS or (one.field == "level" and one["level"] > 1)
        for one in rules.conditions(_kept(version).rule)
    )


def check_fit(version: Version) -> None:
    """Whether it can say who may take part. Raises: NoSuchSegment, UnfitRule with the conditions that cannot."""
    described = queries.get_described(*version)
    if described.segment.retired_at or not is_fit(described.rule):
        names = load_names()
        raise UnfitRule([wording.say(one, names) for one in list_changing(described.rule)])


def say(version: Version) -> str:
    """Its rule on one line, in the language of the page. Raises: NoSuchSegment."""
    return wording.sentence(_kept(version).rule, load_names())


def list_fit(pinned: Version | None) -> tuple[list[tuple[Described, str]], list[str]]:
    """The segments that can say who may take part, each with its rule in words; and the names of the others.

    In their latest versions, and in the one that is pinned already.
    """
    latest, names = queries.list_described(), load_names()
    fit = [one for one in latest if is_fit(one.rule)]
    if pinned and pinned not in [one.pin for one in fit]:
        fit.append(queries.get_described(*pinned))
    unfit = [one.segment.name for one in latest if not is_fit(one.rule)]
    return [(one, wording.sentence(one.rule, names)) for one in fit], unfit


def find_lack(person_id: int, who: Who) -> Lack | None:
    """What keeps the person out today, None when they may take part. That their address is confirmed is not asked here."""
    if who.segment:
        return _find_part(person_id, who.segment, who.list_id)
    code = verification.refusal_of(person_id, who.least_age, who.list_id) if who.on_list else ""
    return Lack(code, may_check=code in ("not-on-the-list", "on-another-list")) if code else None


def _find_part(person_id: int, version: Version, list_id: int) -> Lack | None:
    """What the segment asks and is not so of the person: one statement to the database.

    What the census says is what that one list says; a match on another one counts for nothing.
    """
    kept = _kept(version)
    rule, at = kept.rule, queries.moment()
    if list_id not in kept.asked or kept.asked[list_id][0] != at:
        kept.asked[list_id] = at, compiling.answers(rule, at, list_id)
    why = queries.answer(kept.asked[list_id][1], rule, person_id)
    if why.is_in:
        return None
    names = load_names()
    lacking = list(_lacking(rule, dict(why.answers)))
    asked = {one.field for part in lacking for one in rules.conditions(part)}
    parts = tuple(wording.sentence(part, names) for part in lacking)
    return Lack("not-in-the-segment", parts, not asked.isdisjoint((*CENSUS_FIELDS, "level")))


def _kept(version: Version) -> _Kept:
    """The version, which never changes."""
    kept: dict[Version, _Kept] = current_app.extensions.setdefault("civic.segment_versions", {})
    if version not in kept:
        kept[version] = _Kept(queries.get_described(*version).rule)
    return kept[version]


def _lacking(rule: Rule, said: Mapping[Condition, bool]) -> Iterator[Rule]:
    """The parts that do not hold, as far as ALL lets them be told apart."""
    if _holds(rule, said):
        return
    if isinstance(rule, AllOf):
        for part in rule.parts:
            yield from _lacking(part, said)
    else:
        yield rule


def _holds(rule: Rule, said: Mapping[Condition, bool]) -> bool:
    if isinstance(rule, Condition):
        return said[rule]
    if isinstance(rule, Not):
        return not _holds(rule.part, said)
    each = (_holds(part, said) for part in rule.parts)
    return all(each) if isinstance(rule, AllOf) else any(each)
