"""What a person claims to be, and how old somebody is: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from app.core.throttle import Limit

CHECKS_PER_PERSON = Limit("checks of the lists by an account", 6, 3_600)
CHECKS_PER_NETWORK = Limit("checks of the lists from a network", 60, 3_600)
CHECKS_PER_CLAIM = Limit("checks of the lists for one number", 10, 86_400)
CHECKS_PER_NAMES = Limit("checks of the lists for the same names", 50, 86_400)
"""Namesakes do not keep each other out on the day when a whole town looks; of a birth in 80 years, 50 a day find nobody."""
"""So nobody tries the birthdays of one number from many accounts."""
KEPT_FAILED = timedelta(days=90)
KEPT_ANSWERED = timedelta(days=365)
LONGEST_MESSAGE = 1_000


@dataclass(frozen=True)
class Claim:
    """Who somebody says they are, on that list or any (0), in the form in which registers are hashed; `number` may be empty."""

    number: str
    family: str
    given: str
    born: date
    list_id: int = 0


def age_on(born: date | None, year: int, day: date) -> int:
    """Full years on that day. Where the register knows the year only, the person is given the benefit: born on 1 January."""
    born = born or date(year, 1, 1)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
