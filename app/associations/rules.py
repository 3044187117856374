"""What an association is, when its renewal is due, how alive it is, and the fabric that all of them make: pure functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.core.throttle import Limit

THEMES = (
    "culture", "sport", "nature", "solidarity", "education", "health", "neighbourhood", "memory", "work", "other",
)  # fmt: skip
BANDS = (20, 100, 500)
"""The largest number of members of each size, but for the last, which has none."""
LONGEST = {
    "name": 120,
    "purpose": 1000,
    "district": 80,
    "number": 40,
    "email": 254,
    "phone": 40,
    "website": 200,
}
LONGEST_REASON = 1000
MOST_MEMBERS = 1_000_000
MOST_CENTS = 100_000_000_000
REMINDERS = (7, 30)
"""Days before the renewal is due on which delegates are reminded, the last first."""
ALIVE_WITHIN = timedelta(days=365)
APPLICATIONS = Limit("association-apply", 5, 86_400)
REQUESTS = Limit("association-member", 20, 86_400)


class State(StrEnum):
    """Where an association stands with the council."""

    APPLIED = "applied"
    REFUSED = "refused"
    REGISTERED = "registered"
    ENDED = "ended"


class Standing(StrEnum):
    """What a person is in an association."""

    ASKED = "asked"
    MEMBER = "member"
    DELEGATE = "delegate"


class Vitality(StrEnum):
    """How alive a registered association is: whether it is in force, and whether its members did anything here in a year."""

    LIVELY = "lively"
    QUIET = "quiet"
    OVERDUE = "overdue"
    DORMANT = "dormant"


@dataclass(frozen=True)
class Description:
    """What an association says of itself; empty what it leaves out."""

    name: str
    purpose: str
    theme: str
    district: str = ""
    number: str = ""
    statutes_on: date | None = None
    size: int | None = None
    email: str = ""
    phone: str = ""
    website: str = ""


def year_after(day: date) -> date:
    """The same day a year later; 28 February after the 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def vitality(due_on: date, last_on: date | None, today: date) -> Vitality:
    """How alive: dormant is what has neither renewed nor had an active member in a year."""
    is_alive = last_on is not None and last_on >= today - ALIVE_WITHIN
    if due_on >= today:
        return Vitality.LIVELY if is_alive else Vitality.QUIET
    return Vitality.OVERDUE if is_alive else Vitality.DORMANT


def reminder(due_on: date, today: date) -> int | None:
    """Which reminder is to be sent today, by its number of days; None when the day is far off or past."""
    left = (due_on - today).days
    return next((days for days in REMINDERS if 0 <= left <= days), None)


def band(size: int | None) -> int | None:
    """The place of a size among the bands; None when nobody told."""
    if size is None:
        return None
    return next((place for place, most in enumerate(BANDS) if size <= most), len(BANDS))
