"""Makes a set of this host's site and brings it into its stores: the verb, its steps, and what an upgrade calls in its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from app import settings
from app.backup_stores import StoreWords
from app.settings import Settings
from cli.care.publish import publish
from cli.console import Console
from cli.errors import Failure, PreflightRefused
from cli.lifecycle.install import logs_folder
from cli.lifecycle.journal import Journal, alone
from cli.lifecycle.operation import Operation, Step, carry_out, take_back
from cli.sets import manifest, retention, stage
from cli.sets.manifest import Manifest
from cli.sets.records import Arrived, Records
from cli.sets.schedule import is_due
from cli.sets.stores.store import Store, StoreFault, of_site
from cli.site import OPS, HostSite

NAME = "backup"
NIGHTLY, BY_HAND = "nightly", "by hand"
UNDONE = "Undone: the site serves as before, and the sets that were stored stay."
THEN = "civic doctor, then: civic backup"
FOLDER = OPS / "staging-backup"
"""Its own place in staging: what an upgrade has put there is not a backup's to clear."""
LONGEST_SECONDS = 12 * 3600
LOCK_SECONDS = 3600


@dataclass
class Backup:
    """One set on its way into some stores. What a store refuses is kept in `faults` and stops no other store."""

    console: Console
    site: HostSite
    checked: Settings
    stores: Sequence[Store]
    purpose: str
    records: Records = field(default_factory=Records)
    faults: dict[str, StoreFault] = field(default_factory=dict)
    arrived: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Every store is there, opens and has room for a set as large as the last one.

        Raises: PreflightRefused when none is; nothing was begun.
        """
        for store in self.stores:
            try:
                record = self.records.stores().get(store.name)
                last = record.last_set if record is not None else None
                store.require(last.bytes if last is not None else 0)
            except StoreFault as fault:
                self._fail(store, fault)
        if len(self.faults) == len(self.stores):
            faults = self.faults.values()
            raise PreflightRefused(
                "\n".join(fault.failed for fault in faults),
                "\n".join(dict.fromkeys(fault.then for fault in faults)),
                "The site serves as before; no set was made.",
            )

    def stage(self) -> None:
        """Put the set together."""
        stage.clear(FOLDER)
        FOLDER.mkdir(mode=0o700)
        source = stage.Source.of_site(self.site, self.checked)
        stage.put_together(source, FOLDER, self.purpose, self.records.last_manifest())

    def clear(self) -> None:
        """Nothing of the set stays here."""
        stage.clear(FOLDER)

    def push(self, store: Store) -> None:
        """Bring the set into a store."""
        if store.name in self.faults:
            return
        told, begun = manifest.read(FOLDER), time.monotonic()
        try:
            store.push(FOLDER, told)
        except StoreFault as fault:
            self._fail(store, fault)
            return
        seconds = time.monotonic() - begun
        self.arrived[store.name] = seconds
        arrived = Arrived(told.id, told.made_at.isoformat(), told.bytes, round(seconds, 1))
        self.records.remember_set(store.name, store.where, arrived)
        self.records.remember_made(told.sha256)

    def thin(self, store: Store) -> None:
        """Take away the sets that no generation needs."""
        keep = next(words.keep for words in self.checked.stores if words.name == store.name)
        if store.name not in self.arrived:
            return
        verified, bad = self.records.verified(store.name), self.records.found_bad(store.name)
        try:
            gone = retention.list_spare(store.list_sets(), keep, self.checked.time_zone, verified, bad)
            if gone:
                store.delete([entry.id for entry in gone])
        except StoreFault as fault:
            self.console.warn(f"Old sets stay: {fault.failed}")

    def steps(self) -> list[Step]:
        """The way. A store that fails is said at the end, and the others have their set."""
        return [
            Step("stage", "Put the set together", self.stage, self.clear, 20, LONGEST_SECONDS),
            *(self._step("push", f"Bring it to {store.name}", self.push, store) for store in self.stores),
            Step("clear", "Clear up", self.clear),
            *(
                self._step("thin", f"Let old sets of {store.name} go", self.thin, store)
                for store in self.stores
            ),
        ]

    def _step(self, name: str, title: str, do: Callable[[Store], None], store: Store) -> Step:
        return Step(f"{name}-{store.name}", title, partial(do, store), None, 10, LONGEST_SECONDS)

    def operation(self) -> Operation:
        """The way as an operation: cut short, it is undone, and the next one is another."""
        facts = {"purpose": self.purpose, "stores": " ".join(store.name for store in self.stores)}
        return Operation(NAME, facts, self.steps(), UNDONE, THEN)

    def carry_out(self) -> None:
        """Do it all, in a journal of its own. A store that stays without the set remembers why."""
        operation = self.operation()
        try:
            carry_out(self.console, operation, Journal.open(OPS / "journal", operation.name, operation.facts))
        except Failure as error:
            for store in self.stores:
                if store.name not in {*self.arrived, *self.faults}:
                    self.records.remember_failure(store.name, store.where, error.failed)
            raise

    def refuse_faults(self) -> None:
        """Raises: Failure with every store that has no set."""
        if self.faults:
            stored = ", ".join(self.arrived) or "no store"
            faults = self.faults.values()
            raise Failure(
                "\n".join(fault.failed for fault in faults),
                f"The site serves as before. The new set is in: {stored}.",
                "\n".join(dict.fromkeys(fault.then for fault in faults)),
            )

    def _fail(self, store: Store, fault: StoreFault) -> None:
        self.faults[store.name] = fault
        self.records.remember_failure(store.name, store.where, fault.why)
        self.console.warn(fault.failed)


def backup(console: Console, names: Sequence[str], due: bool) -> Mapping[str, Any]:
    """Make a set now and bring it into the named stores, or into all; with `due` into those whose time has come."""
    site = HostSite()
    site.require()
    checked, records = settings.load(site.given()), Records()
    stores = of_site(checked, records, names)
    for store in stores:
        records.remember_known(store.name, store.where)
    if due:
        stores = [store for store in stores if is_due(_words(checked, store), records, checked.time_zone)]
        if not stores:
            console.say("No store is due.")
            return {"set": None, "stores": []}
    console.log_in(logs_folder(), NAME)
    with alone(OPS / "lock", "civic backup", LOCK_SECONDS if due else 0):
        _undo_unfinished(console)
        made = Backup(console, site, checked, stores, NIGHTLY if due else BY_HAND, records)
        made.look()
        made.carry_out()
    publish()
    made.refuse_faults()
    record = records.stores()[next(iter(made.arrived))].last_set
    assert record is not None
    console.say(
        f"Set {record.id}, {record.bytes / 2**20:.0f} MB. A drill proves that it can be restored: civic drill"
    )
    return {"set": record.id, "bytes": record.bytes, "stores": list(made.arrived)}


def take_set(console: Console, site: HostSite, purpose: str, names: Sequence[str] = ()) -> Manifest:
    """Make a set within another operation, which holds the lock; it is in at least one of the stores afterwards, and in FOLDER
    until `stage.clear(FOLDER)`.

    Raises: Failure when no store took it. A store that did not take it is warned of.
    """
    checked, records = settings.load(site.given()), Records()
    made = Backup(console, site, checked, of_site(checked, records, names), purpose, records)
    made.look()
    made.stage()
    for store in made.stores:
        made.push(store)
    if not made.arrived:
        made.refuse_faults()
    return manifest.read(FOLDER)


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The operation of a journal that was cut short, to be undone."""
    site = HostSite()
    checked, records = settings.load(site.given()), Records()
    known = {words.name for words in checked.stores}
    names = [name for name in facts["stores"].split() if name in known]
    return Backup(
        console, site, checked, of_site(checked, records, names), facts["purpose"], records
    ).operation()


def _undo_unfinished(console: Console) -> None:
    for journal in Journal.list_unfinished(OPS / "journal"):
        if journal.operation == NAME:
            take_back(console, operation_from(console, journal.facts), journal, "It was cut short.")


def _words(checked: Settings, store: Store) -> StoreWords:
    return next(words for words in checked.stores if words.name == store.name)
