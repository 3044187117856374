"""The sets of a site's stores for a person to read: how old, how large, and whether a drill proved them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from app import settings
from cli import clock
from cli.console import Console
from cli.sets.records import Drill, Records
from cli.sets.stores.store import SetEntry, Store, StoreFault, of_site
from cli.site import HostSite


def list_sets(console: Console, names: Sequence[str]) -> Mapping[str, Any]:
    """Say what each store holds; a store that cannot be read is said, and makes `ok` false."""
    site, records = HostSite(), Records()
    site.require()
    checked = settings.load(site.given())
    told = [_tell(console, store, records) for store in of_site(checked, records, names)]
    console.next_commands([("civic drill", "prove the newest set"), ("civic backup", "make another")])
    return {"ok": all("failed" not in one for one in told), "stores": told}


def _tell(console: Console, store: Store, records: Records) -> dict[str, Any]:
    console.heading(f"{store.name}  {store.where}")
    facts: dict[str, Any] = {"name": store.name, "where": store.where}
    try:
        entries = store.list_sets()
    except StoreFault as fault:
        if fault.code == "MISSING" and not _was_made(store, records):
            console.say("  No set yet; the first comes at the store's hour, or now: civic backup")
            console.say()
            return {**facts, "sets": []}
        console.say(f"  {fault.why}")
        console.say(f"  Next: {fault.then}")
        console.say()
        return {**facts, "failed": fault.why, "code": fault.code}
    drills = records.last_drills(store.name)
    rows = [(entry.id, _words(entry, drills.get(entry.id))) for entry in reversed(entries)]
    console.table(rows or [("No set yet.", "")])
    console.say()
    return {**facts, "sets": [_facts(entry, drills.get(entry.id)) for entry in entries]}


def _was_made(store: Store, records: Records) -> bool:
    record = records.stores().get(store.name)
    return record is not None and bool(record.initialised_at)


def _words(entry: SetEntry, drill: Drill | None) -> str:
    if drill is None:
        proof = "not proved by a drill"
    elif drill.ok:
        proof = f"verified {drill.at[:16].replace('T', ' ')}, restores in {drill.restore_seconds:.0f} s"
    else:
        proof = f"CANNOT BE RESTORED: {drill.why}"
    return f"{_age(clock.now() - entry.made_at):>8} old  {entry.bytes / 2**20:>9,.1f} MB  {proof}"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 72 * 60 else f"{minutes // 1440} days"


def _facts(entry: SetEntry, drill: Drill | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "made_at": entry.made_at.isoformat(),
        "bytes": entry.bytes,
        "verified": None if drill is None else drill.ok,
        "drilled_at": None if drill is None else drill.at,
    }
