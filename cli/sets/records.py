"""What this host remembers of its stores and of its drills."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from cli import clock
from cli.lifecycle.journal import append_line, read_lines, write_whole

OPS = Path("/var/lib/civic/ops")


@dataclass(frozen=True)
class Arrived:
    """A set that was brought into a store: which, made when (ISO form), how large, how long it took."""

    id: str
    at: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class StoreRecord:
    """One store: where it is, since when it has been there, its last set and its last failure, which a set after it ends.

    `known_at`: since when it has been in the settings; its first set is due at its first hour after that.
    """

    where: str
    initialised_at: str = ""
    known_at: str = ""
    last_set: Arrived | None = None
    last_failure: dict[str, str] | None = None


@dataclass(frozen=True)
class Drill:
    """One drill, as a line of drills.jsonl; instants in ISO form. `why` says what was wrong when it was not ok."""

    at: str
    store: str
    set: str
    ok: bool
    set_made_at: str
    restore_seconds: float = 0.0
    newest_data_at: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Records:
    """The records of one host; `folder` is another one in tests."""

    folder: Path = OPS
    _sets: str = field(default="sets.json", repr=False)

    def stores(self) -> dict[str, StoreRecord]:
        """What is known of each store, by name."""
        return {name: _store(facts) for name, facts in self._read().get("stores", {}).items()}

    def last_manifest(self) -> str | None:
        """The hash of the manifest that was made last."""
        found = self._read().get("last_manifest")
        return str(found) if found else None

    def drills(self) -> list[Drill]:
        """All drills, the oldest first."""
        path = self.folder / "drills.jsonl"
        return [Drill(**_known(Drill, line)) for line in read_lines(path)] if path.is_file() else []

    def last_drills(self, store: str) -> dict[str, Drill]:
        """The last drill of each set of a store."""
        return {drill.set: drill for drill in self.drills() if drill.store == store}

    def verified(self, store: str) -> set[str]:
        """Ids of the sets of a store whose last drill was well."""
        return {drill.set for drill in self.last_drills(store).values() if drill.ok}

    def found_bad(self, store: str) -> set[str]:
        """Ids of the sets of a store whose last drill was not well."""
        return {drill.set for drill in self.last_drills(store).values() if not drill.ok}

    def remember_made(self, manifest_sha256: str) -> None:
        """A set was made: the next one names it."""
        self._write({**self._read(), "last_manifest": manifest_sha256})

    def remember_known(self, name: str, where: str) -> None:
        """The store is in the settings from now on."""
        if name not in self.stores():
            self._put(name, StoreRecord(where, known_at=clock.now().isoformat(timespec="seconds")))

    def remember_place(self, name: str, where: str) -> None:
        """The store is there from now on; when it is missing later, it is missing and not new."""
        before = self.stores().get(name)
        if before is None or before.where != where:
            before = StoreRecord(where, known_at=before.known_at if before is not None else "")
        if not before.initialised_at:
            self._put(name, replace(before, initialised_at=clock.now().isoformat(timespec="seconds")))

    def remember_set(self, name: str, where: str, arrived: Arrived) -> None:
        """A set has arrived in the store."""
        before = self.stores().get(name) or StoreRecord(where)
        self._put(name, replace(before, last_set=arrived, last_failure=None))

    def remember_failure(self, name: str, where: str, why: str) -> None:
        """A set could not be brought into the store."""
        before = self.stores().get(name) or StoreRecord(where)
        failed = {"at": clock.now().isoformat(timespec="seconds"), "why": why}
        self._put(name, replace(before, last_failure=failed))

    def add_drill(self, drill: Drill) -> None:
        """A drill has ended, well or not."""
        append_line(self.folder / "drills.jsonl", asdict(drill))

    def _put(self, name: str, record: StoreRecord) -> None:
        facts = self._read()
        self._write({**facts, "stores": {**facts.get("stores", {}), name: asdict(record)}})

    def _read(self) -> dict[str, Any]:
        path = self.folder / self._sets
        if not path.is_file():
            return {}
        facts: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return facts

    def _write(self, facts: dict[str, Any]) -> None:
        write_whole(self.folder / self._sets, json.dumps(facts, indent=1) + "\n", 0o600)


def _store(facts: dict[str, Any]) -> StoreRecord:
    last = facts.get("last_set")
    known = _known(StoreRecord, facts)
    return StoreRecord(**{**known, "last_set": Arrived(**_known(Arrived, last)) if last else None})


def _known(kind: type[Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a later release wrote beside it, to which this one was the way back."""
    return {one.name: facts[one.name] for one in fields(kind) if one.name in facts}
