"""What a count yields: the funded projects, and for every project why or why not."""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction


class Reason(StrEnum):
    """Why a project was funded or not, as a code that the results page turns into a sentence."""

    FUNDED = "funded"
    FUNDED_FROM_RESERVE = "funded_from_reserve"
    TOO_EXPENSIVE = "too_expensive"
    AFTER_STOP = "after_stop"
    BELOW_THRESHOLD = "below_threshold"
    EXCLUDED = "excluded"
    CATEGORY_FULL = "category_full"
    WITHDRAWN = "withdrawn"
    NO_VOTES = "no_votes"
    SUPPORTERS_CANNOT_PAY = "supporters_cannot_pay"


FUNDED = (Reason.FUNDED, Reason.FUNDED_FROM_RESERVE)


@dataclass(frozen=True, slots=True)
class Step:
    """What happened to one project.

    `place` is when it was considered, from 1. `money_left` is what was left of the budget just before.
    `beside` is the funded project that excluded this one. `payment` is, under equal shares, the most that
    any one supporter pays for it, and `supporters_money` what its supporters together had left when it was
    last considered.
    """

    project_id: str
    place: int
    votes: int
    score: Fraction
    reason: Reason
    money_left: Fraction
    beside: str | None = None
    payment: Fraction | None = None
    supporters_money: Fraction | None = None

    @property
    def is_funded(self) -> bool:
        """Whether the project is built."""
        return self.reason in FUNDED


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a count.

    `funded` are ids in the order of funding; `ties` are the groups of equals among which the tie rule, and
    nothing else, decided who is funded; `steps` cover every project in the order considered. `voter_share`
    is the money each voter had under equal shares. `served` of `voters` ballots name at least one funded
    project.
    """

    rule: str
    budget: Fraction
    funded: tuple[str, ...]
    spent: Fraction
    ties: tuple[tuple[str, ...], ...]
    steps: tuple[Step, ...]
    voters: int
    served: int
    voter_share: Fraction | None = None
