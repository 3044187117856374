"""Findings about backups and drills (C6xx): a backup is what a drill has restored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from cli.doctor.facts import Facts
from cli.doctor.finding import Say, check

LATE = 1.5
"""A store is stale when nothing has arrived for this many of its own intervals."""
DRILL_DAYS = 3


@check("C601", grave=True)
def a_backup_failed(facts: Facts) -> Iterator[Say]:
    """The last try did not reach its store."""
    for store in facts.care.known.stores if facts.care else ():
        if store.failed_at is not None:
            yield Say(f"the last backup to {store.name} failed", store.why or "see the log", "civic backup")


@check("C602", grave=True)
def a_store_is_stale(facts: Facts) -> Iterator[Say]:
    """What happened since would be lost."""
    for store in facts.care.known.stores if facts.care else ():
        if facts.care is None or store.last_set_at is None:
            continue
        hours = (facts.care.now - store.last_set_at) / timedelta(hours=1)
        if store.every_hours and hours > LATE * store.every_hours:
            yield Say(f"the newest set in {store.name} is {hours:.0f} hours old",
                      f"one is due every {store.every_hours:.0f} hours; the timer does not run, or the host was off",
                      "systemctl list-timers 'civic-*'; civic backup")  # fmt: skip


@check("C603")
def there_is_no_backup(facts: Facts) -> Iterator[Say]:
    """A disk that breaks takes all with it."""
    if facts.care and not any(store.last_set_at for store in facts.care.known.stores):
        yield Say("there is no backup", "no set has arrived in any store yet", "civic backup")


@check("C604")
def nothing_was_ever_drilled(facts: Facts) -> Iterator[Say]:
    """Nobody knows whether the sets can be restored."""
    has_sets = facts.care and any(store.last_set_at for store in facts.care.known.stores)
    if facts.care and has_sets and not facts.care.known.drills:
        yield Say("no backup was ever proven", "no drill has run yet", "civic drill")


@check("C605", grave=True)
def the_last_drill_failed(facts: Facts) -> Iterator[Say]:
    """The newest set could not be restored."""
    last = {drill.store: drill for drill in facts.care.known.drills} if facts.care else {}
    for drill in last.values():
        if not drill.ok:
            yield Say(f"the last drill of {drill.store} failed", drill.why or "see the log",
                      "civic drill; then civic sets, for one that was proven")  # fmt: skip


@check("C606", grave=True)
def the_last_drill_is_old(facts: Facts) -> Iterator[Say]:
    """Sets that nobody has tried since."""
    if facts.care and facts.care.known.drills:
        days = (facts.care.now - facts.care.known.drills[-1].at) / timedelta(days=1)
        if days > DRILL_DAYS:
            yield Say(f"the last drill was {days:.0f} days ago", "its timer does not run, or the host was off",
                      "systemctl list-timers 'civic-*'; civic drill")  # fmt: skip


@check("C607", grave=True)
def a_store_is_not_there(facts: Facts) -> Iterator[Say]:
    """An unmounted disk looks like an empty one."""
    for store in facts.care.missing_stores if facts.care else ():
        yield Say(f"the store {store} cannot be reached", "its disk is not mounted, or its folder is gone",
                  "findmnt; mount it, then: civic backup")  # fmt: skip
