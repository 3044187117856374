"""Which sets may go: generations of days, weeks, months, half-years and years, and never one that is still needed as proof."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from app.backup_stores import Keep
from cli.sets.stores.store import SetEntry

_GENERATIONS: dict[str, Callable[[datetime], object]] = {
    "days": lambda at: at.date(),
    "weeks": lambda at: at.isocalendar()[:2],
    "months": lambda at: (at.year, at.month),
    "half_years": lambda at: (at.year, at.month > 6),
    "years": lambda at: at.year,
}


def list_spare(
    entries: Sequence[SetEntry], keep: Keep, zone: str, verified: Collection[str], bad: Collection[str]
) -> list[SetEntry]:
    """The sets that no generation needs, the oldest first; only those older than the newest verified set.

    Of each generation the newest stays that no drill found bad. `verified` and `bad`: ids of sets by their last drill.
    """
    proved = [entry.made_at for entry in entries if entry.id in verified]
    if not proved:
        return []
    good = sorted(
        (entry for entry in entries if entry.id not in bad), key=lambda entry: entry.made_at, reverse=True
    )
    wanted = {entry.id for one in _GENERATIONS for entry in _newest(good, one, getattr(keep, one), zone)}
    return sorted(
        (entry for entry in entries if entry.id not in wanted and entry.made_at < max(proved)),
        key=lambda entry: entry.made_at,
    )


def _newest(good: Sequence[SetEntry], generation: str, number: int, zone: str) -> list[SetEntry]:
    of_each: dict[object, SetEntry] = {}
    for entry in good:
        of_each.setdefault(_GENERATIONS[generation](entry.made_at.astimezone(ZoneInfo(zone))), entry)
    return list(of_each.values())[:number]
