"""When a store is due for a set."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.backup_stores import StoreWords
from cli import clock
from cli.sets.records import Records

AGAIN = timedelta(hours=1)
"""How long a store that failed is left in peace."""


def is_due(words: StoreWords, records: Records, zone: str) -> bool:
    """Whether the store has had no set since its last hour, and has not failed within the last hour of the clock."""
    now = clock.now()
    latest = words.schedule.latest(now, zone)
    if latest is None:
        return False
    record = records.stores().get(words.name)
    if record is None:
        return False
    if record.last_failure is not None and now - datetime.fromisoformat(record.last_failure["at"]) < AGAIN:
        return False
    since = record.last_set.at if record.last_set is not None else record.known_at or record.initialised_at
    return not since or datetime.fromisoformat(since) < latest
