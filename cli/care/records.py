"""What this host remembers of its stores, drills and upgrades; written by the verbs that make them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from app import backup_stores
from app.backup_stores import StoreWords
from cli.site import OPS

Row = TypeVar("Row")


@dataclass(frozen=True)
class Store:
    """A place of sets: how often one should arrive (0: by hand), the last that did, and the failure after it if there was one."""

    name: str
    where: str
    every_hours: float
    last_set_at: datetime | None
    last_set_bytes: int
    failed_at: datetime | None
    why: str


@dataclass(frozen=True)
class Drill:
    """A set that was restored to see whether it can be."""

    at: datetime
    store: str
    set: str
    ok: bool
    set_made_at: datetime | None
    restore_seconds: float | None
    newest_data_at: datetime | None
    why: str

    @property
    def data_age_seconds(self) -> float | None:
        """How old the newest data was when the set was drilled: what a loss of the host at that moment would have cost."""
        return (self.at - self.newest_data_at).total_seconds() if self.newest_data_at else None


@dataclass(frozen=True)
class Upgrade:
    """An upgrade and what residents noticed of it."""

    at: datetime
    before: str
    to: str
    ok: bool
    requests: int
    failed: int
    slowest_ms: float
    seconds: float


@dataclass(frozen=True)
class Records:
    """All of them, the oldest first."""

    stores: tuple[Store, ...] = ()
    drills: tuple[Drill, ...] = ()
    upgrades: tuple[Upgrade, ...] = ()

    @property
    def verified(self) -> Drill | None:
        """The last drill that went well: only its set is known to be a backup."""
        return next((drill for drill in reversed(self.drills) if drill.ok), None)


def read(ops: Path = OPS) -> Records:
    """What can be read; a line that a power cut left half, or another release wrote otherwise, is passed over."""
    stores = _object(ops / "sets.json").get("stores") or {}
    return Records(
        tuple(_each(stores.items(), lambda pair: _store(*pair))),
        tuple(_each(_lines(ops / "drills.jsonl"), _drill)),
        tuple(_each(_lines(ops / "upgrades.jsonl"), _upgrade)),
    )


def stores_of(settings: Mapping[str, str]) -> tuple[StoreWords, ...]:
    """The stores of the settings; none where they cannot be understood, which is a finding of its own (C201)."""
    try:
        return backup_stores.parse(settings.get("CIVIC_BACKUP_STORES", backup_stores.DEFAULT))
    except ValueError:
        return ()


def as_set_up(known: Records, stores: Sequence[StoreWords]) -> Records:
    """The records of the stores that the settings name today, with their schedules."""
    hours = {one.name: one.schedule.interval / timedelta(hours=1) for one in stores}
    kept = tuple(replace(one, every_hours=hours[one.name]) for one in known.stores if one.name in hours)
    return replace(known, stores=kept)


def _store(name: str, said: Mapping[str, Any]) -> Store:
    last, failure = said.get("last_set") or {}, said.get("last_failure") or {}
    return Store(
        name,
        str(said.get("where", "")),
        0.0,
        _instant(last.get("at")),
        int(last.get("bytes") or 0),
        _instant(failure.get("at")),
        str(failure.get("why", "")),
    )


def _drill(said: Mapping[str, Any]) -> Drill:
    return Drill(
        datetime.fromisoformat(said["at"]),
        str(said["store"]),
        str(said["set"]),
        bool(said["ok"]),
        _instant(said.get("set_made_at")),
        float(said["restore_seconds"]) if said.get("restore_seconds") and said["ok"] else None,
        _instant(said.get("newest_data_at")),
        str(said.get("why") or ""),
    )


def _upgrade(said: Mapping[str, Any]) -> Upgrade:
    return Upgrade(
        datetime.fromisoformat(said["at"]),
        str(said["from"]),
        str(said["to"]),
        bool(said["ok"]),
        int(said.get("requests") or 0),
        int(said.get("failed") or 0),
        float(said.get("slowest_ms") or 0),
        float(said.get("seconds") or 0),
    )


def _each(rows: Any, make: Callable[[Any], Row]) -> Iterator[Row]:
    for row in rows:
        try:
            yield make(row)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _lines(path: Path) -> Iterator[Any]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        return
    for line in text.splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _instant(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
