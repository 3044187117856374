"""When a store is due for a set."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.backup_stores import StoreWords
from cli import clock
from cli.sets.records import Records

AGAIN = timedelta(hours=1)
"""How long a store that failed is left in peace."""


def is_due(words: StoreWords, records: Records, zone: str) -> bool:
    """Whether the store's hour has passed since its last set, and since its last failure an hour."""
    now = clock.now()
    latest = words.schedule.latest(now, zone)
    if latest is None:
        return False
    record = records.stores().get(words.name)
    if record is None:
        return True
    if record.last_failure is not None and now - datetime.fromisoformat(record.last_failure["at"]) < AGAIN:
        return False
    return record.last_set is None or datetime.fromisoformat(record.last_set.at) < latest
