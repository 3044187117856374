"""What a mailing is made of, without tables: whom it is meant for in one word, and hours of quiet. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.readers.rules import OUTCOMES

UNDO = timedelta(minutes=10)
"""So long a mailing waits after it was confirmed, and can be taken back."""
GROWN = 10
"""So many times more readers than were shown are asked about again."""
LONGEST_SUBJECT = 150
LONGEST_BODY = 20_000
LONGEST_TITLE = 80


MOMENTS = ("opened", "last-days", "results")
"""Moments of a process: to those who asked for news; to those who began and did not vote; to both and to those who voted."""


@dataclass(frozen=True)
class Audience:
    """Whom a mailing is meant for: `segment:7:2` (a version), `opened:5` (a moment of a process), `unopened:3` (an outcome of a
    mailing), or `people` (a list).
    """

    kind: str
    number: int = 0
    version: int = 0

    @classmethod
    def of(cls, text: str) -> Audience | None:
        """From how it is stored and sent by the form; None for what is none."""
        kind, *numbers = text.split(":")
        wanted = {"segment": 2, "people": 0, **dict.fromkeys((*MOMENTS, *OUTCOMES), 1)}.get(kind)
        if wanted != len(numbers) or not all(re.fullmatch(r"[0-9]{1,9}", one) for one in numbers):
            return None
        return cls(kind, *(int(one) for one in numbers))

    def __str__(self) -> str:
        numbers = {"segment": (self.number, self.version), "people": ()}.get(self.kind, (self.number,))
        return ":".join([self.kind, *map(str, numbers)])


def has_grown(before: int, now: int) -> bool:
    """Whether there are so many more readers that somebody should look again."""
    return now >= GROWN * max(before, 1)


def find_quiet_end(hours: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """When the quiet that holds at this instant ends; None when it is not quiet. `hours` as "21:00-07:00", or empty."""
    if not hours:
        return None
    begins, ends = (time.fromisoformat(part) for part in hours.split("-"))
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None)
    is_quiet = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
    if not is_quiet:
        return None
    day = local.date() + timedelta(days=1 if clock >= ends else 0)
    return datetime.combine(day, ends, zone)


def leave_at(wanted: datetime | None, now: datetime, hours: str, zone: ZoneInfo) -> datetime:
    """When the first copy may leave: not before it can no longer be taken back, nor in hours of quiet."""
    at = max(wanted or now, now + UNDO)
    return find_quiet_end(hours, at, zone) or at


def ahead(per_minute: int) -> int:
    """How many copies may lie in the outbox before they leave: what is decided of a reader is decided shortly before."""
    return max(500, min(10_000, 5 * per_minute)) if per_minute else 10_000
