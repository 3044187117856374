"""Backups, drills and upgrades as `civic status` shows them: a backup is never called well without a drill."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cli.care.records import Drill, Records, Store
from cli.console import Console

LEVELS = "▁▂▃▄▅▆▇█"
PLAIN_LEVELS = "12345678"
FAILED, PLAIN_FAILED = "×", "x"
SHOWN = 30
Row = tuple[str, str]


def rows(console: Console, known: Records, now: datetime, zone: str) -> list[Row]:
    """Lines of the page; times are those of the site's zone."""
    clock = ZoneInfo(zone)
    found = [("Backup", _backup(known, now, clock))]
    found += [("Store", _store(one, now, clock)) for one in known.stores]
    if known.drills:
        drills = known.drills[-SHOWN:]
        found.append(("Last drill", _drill(drills[-1], clock)))
        found.append(
            ("Time to restore", chart(console, [one.restore_seconds if one.ok else None for one in drills]))
        )
        found.append(
            ("Age of its data", chart(console, [one.data_age_seconds if one.ok else None for one in drills]))
        )
    if known.upgrades:
        last = known.upgrades[-1]
        what = f"{last.failed} of {last.requests} requests failed" if last.ok else "undone"
        found.append(
            ("Last upgrade", f"{_at(last.at, clock)} to {last.to}: {what}, slowest {last.slowest_ms:.0f} ms")
        )
    return found


def chart(console: Console, numbers: Sequence[float | None]) -> str:
    """A column a number, the newest last, None a cross; and the numbers in words: `▃▅×█  61 s to 80 s, last 80 s, 4 drills`."""
    is_rich = console.can_show(LEVELS + FAILED)
    levels, cross = (LEVELS, FAILED) if is_rich else (PLAIN_LEVELS, PLAIN_FAILED)
    well = [number for number in numbers if number is not None]
    most = max(well, default=0.0) or 1.0
    columns = "".join(cross if one is None else levels[min(int(8 * one / most), 7)] for one in numbers)
    count = f"{len(numbers)} drill{'s' * (len(numbers) != 1)}"
    failed = f", {len(numbers) - len(well)} failed ({cross})" if len(well) < len(numbers) else ""
    span = f"{lasting(min(well))} to {lasting(max(well))}, last {lasting(well[-1])}, " if well else ""
    return f"{columns}  {span}{count}{failed}"


def lasting(seconds: float) -> str:
    """`74` → "74 s", `7300` → "2.0 h"."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
    return f"{seconds:.0f} s"


def _backup(known: Records, now: datetime, clock: ZoneInfo) -> str:
    verified = known.verified
    if verified is None:
        return "not proven: no drill has restored a set yet"
    made = verified.set_made_at or verified.at
    age = lasting((now - made).total_seconds())
    last = known.drills[-1]
    later = "" if last.ok else "\nThe last drill FAILED: newer sets are not proven."
    return f"proven: set of {_at(made, clock)} ({age} old), restored from {verified.store}{later}"


def _store(one: Store, now: datetime, clock: ZoneInfo) -> str:
    arrived = (
        f"last set {_at(one.last_set_at, clock)} ({lasting((now - one.last_set_at) / timedelta(seconds=1))} old), "
        f"{one.last_set_bytes / 1e6:.0f} MB"
        if one.last_set_at
        else "no set yet"
    )
    failed = f"\nFAILED {_at(one.failed_at, clock)}: {one.why}" if one.failed_at else ""
    return f"{one.name}: {arrived}{failed}"


def _drill(one: Drill, clock: ZoneInfo) -> str:
    if not one.ok:
        return f"FAILED {_at(one.at, clock)} in {one.store}: {one.why}"
    newest = f", newest data {_at(one.newest_data_at, clock)}" if one.newest_data_at else ""
    restores = f", restores in {one.restore_seconds:.0f} s" if one.restore_seconds is not None else ""
    return f"verified {_at(one.at, clock)}{restores}{newest}"


def _at(moment: datetime, clock: ZoneInfo) -> str:
    return f"{moment.astimezone(clock):%Y-%m-%d %H:%M}"
