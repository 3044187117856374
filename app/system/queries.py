"""What the host says of its backups, drills, upgrades and alerts, as the page shows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from app.core import host

FILE = "state.json"
"""Written by `civic` on the host (cli/care/publish.py)."""
Row = TypeVar("Row")


@dataclass(frozen=True)
class Store:
    """A place of backups: its newest set, and its last failure unless a set came after it."""

    name: str
    last_set_at: datetime | None
    failed_at: datetime | None


@dataclass(frozen=True)
class Drill:
    """A set that was restored to see whether it can be: how long that took, and how old its newest data was at that time."""

    at: datetime
    store: str
    ok: bool
    made_at: datetime | None
    restore_seconds: float | None
    data_age_seconds: float | None


@dataclass(frozen=True)
class Upgrade:
    """An upgrade, and how many requests failed during it."""

    at: datetime
    to: str
    ok: bool
    requests: int
    failed: int


@dataclass(frozen=True)
class Alert:
    """A finding of the doctor that stands; its words are for the people of the host, its code leads to the handbook."""

    code: str
    is_grave: bool
    since: datetime


@dataclass(frozen=True)
class HostState:
    """Everything on the page; all lists oldest first."""

    at: datetime | None
    release: str
    stores: tuple[Store, ...]
    drills: tuple[Drill, ...]
    upgrades: tuple[Upgrade, ...]
    alerts: tuple[Alert, ...]

    @property
    def verified(self) -> Drill | None:
        """The last drill that went well: only such a set is called a backup."""
        return next((drill for drill in reversed(self.drills) if drill.ok), None)


def read_state() -> HostState:
    """What the host said last; empty where nobody said anything, as on a trial site."""
    said = host.read(FILE)
    return HostState(
        _instant(said.get("at")),
        str(said.get("release") or ""),
        _rows(said, "stores", _store),
        _rows(said, "drills", _drill),
        _rows(said, "upgrades", _upgrade),
        _rows(said, "alerts", lambda row: Alert(row["code"], row["is_grave"], _surely(row["since"]))),
    )


def _store(row: dict[str, Any]) -> Store:
    return Store(row["name"], _instant(row["last_set_at"]), _instant(row["failed_at"]))


def _drill(row: dict[str, Any]) -> Drill:
    at, newest = _surely(row["at"]), _instant(row["newest_data_at"])
    age = (at - newest).total_seconds() if newest else None
    return Drill(at, row["store"], row["ok"], _instant(row["set_made_at"]), row["restore_seconds"], age)


def _upgrade(row: dict[str, Any]) -> Upgrade:
    return Upgrade(_surely(row["at"]), row["to"], row["ok"], row["requests"], row["failed"])


def _rows(said: dict[str, Any], name: str, read: Callable[[dict[str, Any]], Row]) -> tuple[Row, ...]:
    """The rows that can be read: another release of the host's command may have written the file."""
    found = []
    for row in said.get(name) or ():
        try:
            found.append(read(row))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _surely(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return moment


def _instant(text: Any) -> datetime | None:
    return _surely(text) if isinstance(text, str) else None
