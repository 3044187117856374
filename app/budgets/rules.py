"""What a ballot may say: pure functions, the same for the page, for the confirmation and for tests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from app.budgets.errors import BallotFault
from app.counting.election import VoteType, whole_cents
from app.counting.money import parse_number

MOST_POINTS = 10


class BallotKind(StrEnum):
    """How residents fill in a ballot."""

    APPROVE = "approve"
    KNAPSACK = "knapsack"
    POINTS = "points"
    RANK = "rank"
    ONE = "one"


@dataclass(frozen=True)
class Limits:
    """The bounds of a ballot. `most` and `least` count projects; sums are in points, costs in cents; None: no bound."""

    kind: BallotKind
    least: int
    most: int
    least_cost_cents: int | None = None
    most_cost_cents: int | None = None
    least_sum: int | None = None
    most_sum: int | None = None
    most_each: int = MOST_POINTS

    @property
    def bar_limit(self) -> int:
        """What the bar at the foot of the ballot counts towards: projects, points, or cents."""
        if self.kind is BallotKind.KNAPSACK:
            return self.most_cost_cents or 0
        return (self.most_sum or 0) if self.kind is BallotKind.POINTS else self.most


@dataclass(frozen=True)
class Candidate:
    """A project as far as a ballot needs it."""

    id: int
    ref: str
    cost_cents: int
    is_eligible: bool


@dataclass(frozen=True)
class Choices:
    """What one ballot says: ids of projects, the best first where they are ranked; points beside them where given."""

    projects: tuple[int, ...] = ()
    points: tuple[int, ...] | None = None

    def as_text(self) -> str:
        """For a draft."""
        return json.dumps([self.projects, self.points])

    def points_of(self, project_id: int) -> int:
        """The points of that project, 0 when it has none."""
        given = dict(zip(self.projects, self.points or (), strict=False))
        return given.get(project_id, 0)

    def place_of(self, project_id: int) -> int | None:
        """The place of that project, from 1."""
        return self.projects.index(project_id) + 1 if project_id in self.projects else None


def choices_from_text(text: str | None) -> Choices:
    """Back from `as_text`; of None: nothing chosen."""
    if text is None:
        return Choices()
    projects, points = json.loads(text)
    return Choices(tuple(projects), None if points is None else tuple(points))


def limits_of(vote_type: str, meta: Mapping[str, str], projects: int) -> Limits:
    """The bounds that META sets for so many projects; what META leaves open has no bound (points: 10 for one project)."""
    kind = _kind_of(VoteType(vote_type), meta)
    least, most = _whole(meta, "min_length") or 1, _whole(meta, "max_length") or max(projects, 1)
    if kind is BallotKind.ONE:
        least, most = 1, 1
    most_sum = _whole(meta, "max_sum_points")
    most_each = _whole(meta, "max_points") or most_sum or MOST_POINTS
    return Limits(
        kind=kind,
        least=max(1, min(least, projects)),
        most=max(1, min(most, max(projects, 1))),
        least_cost_cents=_cents(meta, "min_sum_cost"),
        most_cost_cents=_cents(meta, "max_sum_cost"),
        least_sum=_whole(meta, "min_sum_points"),
        most_sum=(most_sum or most_each * max(projects, 1)) if kind is BallotKind.POINTS else None,
        most_each=most_each,
    )


def check(choices: Choices, limits: Limits, candidates: Mapping[int, Candidate]) -> None:
    """Check a ballot in full. `candidates` are this vote's projects by id. Raises: BallotFault, the first that applies."""
    if not choices.projects:
        raise BallotFault("nothing-chosen")
    if len(set(choices.projects)) != len(choices.projects):
        raise BallotFault("duplicate")
    if any(one not in candidates for one in choices.projects):
        raise BallotFault("unknown-project")
    if not all(candidates[one].is_eligible for one in choices.projects):
        raise BallotFault("withdrawn")
    _check_length(len(choices.projects), limits)
    _check_cost(sum(candidates[one].cost_cents for one in choices.projects), limits)
    if limits.kind is BallotKind.POINTS:
        _check_points(choices.points or (), limits)


def box_text(choices: Choices, kind: BallotKind, candidates: Mapping[int, Candidate]) -> str:
    """What the box keeps, in one form for one meaning: the projects' own ids, in the order of the list unless they are ranked."""
    rows = list(zip(choices.projects, choices.points or [None] * len(choices.projects), strict=True))
    if kind is not BallotKind.RANK:
        place = {project: number for number, project in enumerate(candidates)}
        rows.sort(key=lambda row: place[row[0]])
    points = [number for _, number in rows] if kind is BallotKind.POINTS else None
    return json.dumps({"choices": [candidates[project].ref for project, _ in rows], "points": points})


def from_box_text(text: str) -> tuple[tuple[str, ...], tuple[int, ...] | None]:
    """Back from `box_text`: ids of projects as the file names them, and points."""
    kept = json.loads(text)
    return tuple(kept["choices"]), None if kept["points"] is None else tuple(kept["points"])


def shuffled(ids: Iterable[int], seed: str) -> list[int]:
    """An order that looks random and is the same for the same seed: nobody's project is always first."""
    return sorted(ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())


def used(choices: Choices, kind: BallotKind, candidates: Mapping[int, Candidate]) -> int:
    """How much of `Limits.bar_limit` the choices use."""
    if kind is BallotKind.KNAPSACK:
        return sum(candidates[one].cost_cents for one in choices.projects if one in candidates)
    return sum(choices.points or ()) if kind is BallotKind.POINTS else len(choices.projects)


def _check_length(given: int, limits: Limits) -> None:
    if given > limits.most:
        raise (
            BallotFault("one-only")
            if limits.most == 1
            else BallotFault("too-many", limit=limits.most, given=given)
        )
    if given < limits.least:
        raise BallotFault("too-few", limit=limits.least, given=given)


def _check_cost(cost_cents: int, limits: Limits) -> None:
    if limits.most_cost_cents is not None and cost_cents > limits.most_cost_cents:
        raise BallotFault("over-budget")
    if limits.least_cost_cents is not None and cost_cents < limits.least_cost_cents:
        raise BallotFault("under-spend")


def _check_points(points: Sequence[int], limits: Limits) -> None:
    if any(number < 1 for number in points):
        raise BallotFault("not-a-number")
    if any(number > limits.most_each for number in points):
        raise BallotFault("points-each", limit=limits.most_each)
    given = sum(points)
    if limits.most_sum is not None and given > limits.most_sum:
        raise BallotFault("points-sum", limit=limits.most_sum, given=given)
    if limits.least_sum is not None and given < limits.least_sum:
        raise BallotFault("points-few", limit=limits.least_sum, given=given)


def _kind_of(vote_type: VoteType, meta: Mapping[str, str]) -> BallotKind:
    if vote_type is VoteType.APPROVAL:
        return BallotKind.KNAPSACK if _cents(meta, "max_sum_cost") else BallotKind.APPROVE
    if vote_type is VoteType.CHOOSE_ONE:
        return BallotKind.ONE
    return BallotKind.RANK if vote_type is VoteType.ORDINAL else BallotKind.POINTS


def _number(meta: Mapping[str, str], key: str) -> Fraction | None:
    return parse_number(meta.get(key, "").strip()) if meta.get(key, "").strip() else None


def _whole(meta: Mapping[str, str], key: str) -> int | None:
    number = _number(meta, key)
    return int(number) if number is not None and number > 0 else None


def _cents(meta: Mapping[str, str], key: str) -> int | None:
    number = _number(meta, key)
    return whole_cents(number) if number is not None and number > 0 else None
