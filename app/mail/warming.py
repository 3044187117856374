"""Warm-up: providers distrust a machine that is new to them, and take from it each day somewhat more than on the days before.

So on one day (UTC) at most twice as many copies of mailings leave for a mail domain as on the best day of the last month, and 50
where none did: a machine that was silent for a month begins anew.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func, select

from app.core.db import db
from app.mail.outbox import Lane, OutboxMessage

FIRST_DAY = 50
DAYS = 30
_DAY = timedelta(days=1)


class WarmUp:
    """What may still leave today, by domain; read from the outbox once a day and once a process."""

    def __init__(self) -> None:
        self._today: datetime | None = None
        self._best: dict[str, int] = {}
        self._left: Counter[str] = Counter()
        self._lock = threading.Lock()

    def turn(self, domain: str, now: datetime) -> datetime:
        """The instant for one more letter to this domain: `now`, and it is counted; or the next midnight."""
        today = now.replace(hour=0, minute=0, second=0, microsecond=0)
        with self._lock:
            if today != self._today:
                self._read(today)
            if self._left[domain] >= max(FIRST_DAY, 2 * self._best.get(domain, 0)):
                return today + _DAY
            self._left[domain] += 1
            return now

    def give_back(self, domain: str) -> None:
        """A letter that was counted did not leave."""
        with self._lock:
            self._left[domain] -= 1

    def _read(self, today: datetime) -> None:
        message, begins = OutboxMessage, [today - number * _DAY for number in range(DAYS + 1)]
        days = (and_(message.done_at >= begin, message.done_at < begin + _DAY) for begin in begins)
        sums = (func.sum(case((day, 1), else_=0)) for day in days)
        left = (message.state == "sent", message.lane == int(Lane.MAILINGS), message.done_at >= begins[-1])
        rows = db.session.execute(select(message.domain, *sums).where(*left).group_by(message.domain))
        counts = {domain: numbers for domain, *numbers in rows}
        self._left = Counter({domain: numbers[0] for domain, numbers in counts.items()})
        self._best = {domain: max(numbers[1:]) for domain, numbers in counts.items()}
        self._today = today
