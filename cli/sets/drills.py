"""`civic drill`: one set of each store through the drill, a line for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app import settings
from app.settings import Settings
from cli.care.publish import publish
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import install
from cli.lifecycle.journal import alone
from cli.lifecycle.operation import Operation
from cli.sets import back, find
from cli.sets.cluster import Cluster
from cli.sets.drill import Drilling, drill, verdict
from cli.sets.find import Where
from cli.sets.records import Drill, Records
from cli.site import OPS, HostSite

LOCK_SECONDS = 3600
THEN = "civic sets, civic doctor"


def drill_all(console: Console, set_id: str, where: Where, *, unsigned: bool) -> Mapping[str, Any]:
    """Drill the set in the store that is named, or in each whose key is here; what restores replaced a week ago is forgotten.

    Raises: Failure when a set cannot be restored, with what is wrong with it.
    """
    site = HostSite()
    site.require()
    console.log_in(install.logs_folder(), "drill")
    checked = settings.load(site.given())
    cluster = Cluster.of(checked.database_url)
    names = (
        [where.store] if where.store else _readable(console, checked)[: None if set_id == find.LATEST else 1]
    )
    records, faults = [], []
    with alone(OPS / "lock", "civic drill", LOCK_SECONDS):
        for name in names:  # a store that is away stops no other's drill
            try:
                records.append(
                    _drill(console, replace(where, store=name), set_id, cluster, unsigned=unsigned)
                )
            except Failure as fault:
                faults.append(fault.failed)
        back.forget_old(cluster)
    publish()
    for record in records:
        console.say(f"{record.store}: set {record.set} {verdict(record, checked.time_zone)}")
    bad = [record for record in records if not record.ok]
    faults += [f"Set {one.set} in store {one.store} cannot be restored: {one.why}" for one in bad]
    if faults:
        standing = "The site serves as before; older sets stay until a new one is verified."
        raise Failure("\n".join(faults), standing, THEN)
    return {"drills": [vars(record) for record in records]}


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The drill that a journal tells of."""
    cluster = Cluster.of(settings.load(HostSite().given()).database_url)
    return Drilling(facts["store"], Where(facts["store"]).origin(facts["set"]), cluster).operation()


def _drill(console: Console, where: Where, set_id: str, cluster: Cluster, *, unsigned: bool) -> Drill:
    entry = find.get_entry(where.open(), set_id)
    console.heading(f"Set {entry.id} in store {where.store}")
    drilling = Drilling(where.store, where.origin(entry.id, unsigned=unsigned), cluster)
    return drill(console, drilling, entry.made_at, Records())


def _readable(console: Console, checked: Settings) -> list[str]:
    """The stores that this host can read: it never has the key of an age: store."""
    for one in checked.stores:
        if one.where.startswith("age:"):
            console.say(
                f"{one.name}: drill it with its key at hand: civic drill --store {one.name} --key-file FILE"
            )
    return [one.name for one in checked.stores if not one.where.startswith("age:")]
