"""How fast mailings leave: so many a minute in all, so many a minute to one domain. A mail server that is rushed refuses."""

from __future__ import annotations

import math
import threading
import time
from datetime import datetime, timedelta

from app.mail.outbox import Leased

_SOON = timedelta(seconds=1)


class Pace:
    """So many a minute, over all connections; 0 is as fast as the server takes them."""

    def __init__(self, per_minute: int) -> None:
        self._seconds = 60 / per_minute if per_minute else 0.0
        self._free_at = 0.0
        self._lock = threading.Lock()

    def fitting(self, most: int, seconds: float) -> int:
        """How many, of so many at most, may leave within these seconds."""
        if not self._seconds:
            return most
        with self._lock:
            left = seconds - max(0.0, self._free_at - time.monotonic())
        return min(most, 1 + int(left / self._seconds)) if left >= 0 else 0

    def wait(self, longest_seconds: float = math.inf) -> bool:
        """Sleep until one more may leave; False, at once, if that would take longer than so."""
        if not self._seconds:
            return True
        with self._lock:
            now = time.monotonic()
            at = max(now, self._free_at)
            if at - now > longest_seconds:
                return False
            self._free_at = at + self._seconds
        time.sleep(at - now)
        return True


class DomainPaces:
    """When a letter may leave so that its domain is not rushed: each gets its turn once, and keeps it.

    After a pause the turns of many have passed. They do not leave together: whoever comes too soon after the last that left gets
    a new turn, behind the others.
    """

    def __init__(self) -> None:
        self._free_at: dict[str, datetime] = {}
        self._next_at: dict[str, datetime] = {}
        self._turns: dict[int, datetime] = {}
        self._lock = threading.Lock()

    def turn(self, message: Leased, per_minute: int, now: datetime) -> datetime:
        """The instant for this letter: `now`, or later."""
        domain, apart = message.domain, timedelta(minutes=1) / per_minute
        with self._lock:
            at = self._turns.pop(message.id, None) or self._give_turn(domain, now, apart)
            next_at = self._next_at.get(domain, now)
            if at <= now + _SOON and next_at <= now + max(apart, _SOON):
                self._next_at[domain] = max(now, next_at) + apart
                return now
            if at <= now + _SOON:
                at = self._give_turn(domain, next_at, apart)
            self._turns[message.id] = at
            return at

    def _give_turn(self, domain: str, earliest: datetime, apart: timedelta) -> datetime:
        at = max(earliest, self._free_at.get(domain, earliest))
        self._free_at[domain] = at + apart
        return at

    def forget(self, now: datetime) -> None:
        """Drop turns that nobody took: their letters were cancelled."""
        with self._lock:
            self._turns = {one: at for one, at in self._turns.items() if at > now - timedelta(hours=1)}
            self._free_at = {domain: at for domain, at in self._free_at.items() if at > now}
            self._next_at = {domain: at for domain, at in self._next_at.items() if at > now}
