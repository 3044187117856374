"""The election as data: what was to be shared out, among which projects, and what the ballots say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from app.counting.errors import Fault
from app.counting.money import parse_number

WITHDRAWN_COST = 999_999_999
"""Pabulib's mark for a project withdrawn after the vote: never funded, and it does not stop a walk."""


class VoteType(StrEnum):
    """How people voted, by Pabulib's names."""

    APPROVAL = "approval"
    CHOOSE_ONE = "choose-1"
    CUMULATIVE = "cumulative"
    ORDINAL = "ordinal"
    SCORING = "scoring"

    @property
    def has_score(self) -> bool:
        """Whether a ballot says more than yes: points, or a rank that stands for points."""
        return self in (VoteType.CUMULATIVE, VoteType.ORDINAL, VoteType.SCORING)

    @property
    def needs_points(self) -> bool:
        """Whether a ballot without points means nothing."""
        return self in (VoteType.CUMULATIVE, VoteType.SCORING)


@dataclass(frozen=True, slots=True)
class Project:
    """Something that may be funded.

    `cost` is in units of the currency and exact. `selected` is what the organiser decided, where the file
    says so: 0 not funded, 1 funded, 2 and 3 funded by a special rule that META's comment explains.
    `excludes` are the ids of projects that cannot be built beside this one. `extra` keeps every other
    column, as written.
    """

    id: str
    cost: Fraction
    name: str = ""
    category: str = ""
    district: str = ""
    selected: int | None = None
    excludes: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def cost_cents(self) -> int:
        """The cost in hundredths of the currency.

        Raises: ValueError when it is not a whole number of them.
        """
        return whole_cents(self.cost)


@dataclass(frozen=True, slots=True)
class Ballot:
    """One ballot:

    project ids, each once, best first; `points` runs beside `choices` where the ballot gives any.

    An empty `choices` is a blank ballot: it counts as a voter and for no project. `extra` keeps the other
    columns (age, voting method, ...) as written, in the order of the election's `ballot_columns`.
    """

    voter_id: str
    choices: tuple[str, ...]
    points: tuple[Fraction | int, ...] | None = None
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Election:
    """A complete election.

    The order of `projects` is the order of the list and decides ties (docs/counting.md).

    `meta` keeps every META line as written, by lower-case key. `columns` are the names of the PROJECTS
    columns the file had; `warnings` are oddities that the reader let pass.
    """

    budget: Fraction
    vote_type: VoteType
    projects: tuple[Project, ...]
    ballots: tuple[Ballot, ...]
    meta: Mapping[str, str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    ballot_columns: tuple[str, ...] = ()
    warnings: tuple[Fault, ...] = ()

    @property
    def rule(self) -> str:
        """The rule that META names, in lower case; empty when it names none."""
        return self.meta.get("rule", "").strip().lower()

    @property
    def threshold(self) -> Fraction:
        """Votes (or score) that a project needs to be eligible at all; 0 when META sets none."""
        return self.limit("min_project_score_threshold") or Fraction(0)

    @property
    def counts_score(self) -> bool:
        """Whether projects are ranked by score rather than by votes.

        Points and ranks are scores, except where the organiser published votes and no score: then it was
        votes that decided (Pabulib's checker reads its files so).
        """
        published_votes_only = "votes" in self.columns and "score" not in self.columns
        return self.vote_type.has_score and not published_votes_only

    def limit(self, key: str) -> Fraction | None:
        """A number from META (`min_length`, `max_sum_points`, ...), or None when META does not set it."""
        return parse_number(self.meta.get(key, "").strip())


def whole_cents(amount: Fraction) -> int:
    """The amount in hundredths. Raises: ValueError when that is not a whole number."""
    cents = amount * 100
    if cents.denominator != 1:
        raise ValueError(f"{amount} is not a whole number of hundredths")
    return cents.numerator
