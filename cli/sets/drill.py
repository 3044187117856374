"""The drill: a set is fetched back from where it lies and restored beside the site, to see that it can be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cli import clock
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle.go_live import OPS
from cli.lifecycle.journal import Journal
from cli.lifecycle.operation import Operation, Step, carry_out
from cli.sets.boot import take_away
from cli.sets.cluster import Cluster
from cli.sets.fetched import Fetched, Origin
from cli.sets.proof import STANDING, Proof
from cli.sets.records import Drill, Records
from cli.sets.scratch import Scratch

NAME = "drill"
FOLDER = OPS / "drill"


@dataclass
class Drilling:
    """One set on its way through the drill."""

    store: str
    origin: Origin
    cluster: Cluster
    seconds: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self.fetched = Fetched(FOLDER)
        self.proof = Proof(self.fetched, Scratch(self.cluster, NAME))

    def operation(self) -> Operation:
        """Everything that it makes is taken away, however it ends."""
        return Operation(
            NAME,
            {"store": self.store, "set": self.origin.set_id},
            [
                Step("fetch", "Fetch the set back", self._timed(self._fetch), self.fetched.clear, 20, 7200),
                Step("check", "Check every file of it", self._timed(self._check), None, 5, 3600),
                Step("load", "Restore its database", self._timed(self.proof.load), self._drop, 20, 7200),
                Step(
                    "prove",
                    "Boot its release, compare, sign in",
                    self._timed(self.proof.boot),
                    self._unboot,
                    10,
                    1800,
                ),
                Step("clear", "Leave nothing of it", self._clear, None, 2),
            ],
            undone=f"{STANDING} Nothing of the drill is left.",
            then="civic sets, civic doctor",
        )

    def _fetch(self) -> None:
        self.fetched.fetch(self.origin)

    def _check(self) -> None:
        self.fetched.check(self.origin)

    def _unboot(self) -> None:
        take_away(NAME)

    def _drop(self) -> None:
        self.proof.scratch.drop()

    def _clear(self) -> None:
        self._drop()
        self.fetched.clear()

    def _timed(self, do: Callable[[], object]) -> Callable[[], None]:
        def timed() -> None:
            begun = time.monotonic()
            do()
            self.seconds += time.monotonic() - begun

        return timed


def drill(console: Console, drilling: Drilling, made_at: datetime, records: Records) -> Drill:
    """Drill one set and write down what came of it.

    Raises: KeyboardInterrupt when it was stopped, which says nothing about the set.
    """
    operation = drilling.operation()
    why = ""
    try:
        carry_out(console, operation, Journal.open(OPS / "journal", operation.name, operation.facts))
    except Failure as error:
        why = error.failed
    record = Drill(
        at=clock.now().isoformat(timespec="seconds"),
        store=drilling.store,
        set=drilling.origin.set_id,
        ok=not why,
        set_made_at=made_at.isoformat(),
        restore_seconds=0.0 if why else round(drilling.seconds, 1),
        newest_data_at=None if why else made_at.isoformat(),
        why=why,
    )
    records.add_drill(record)
    return record


def verdict(record: Drill, time_zone: str) -> str:
    """One line: `verified 03:41, restores in 74 s, newest data 02:00`."""
    if not record.ok:
        return f"NOT verified: {record.why}"
    zone = ZoneInfo(time_zone)
    at = datetime.fromisoformat(record.at).astimezone(zone)
    newest = datetime.fromisoformat(record.newest_data_at or record.set_made_at).astimezone(zone)
    said = f"{newest:%H:%M}" if newest.date() == at.date() else f"{newest:%Y-%m-%d %H:%M}"
    return f"verified {at:%H:%M}, restores in {record.restore_seconds:.0f} s, newest data {said}"
