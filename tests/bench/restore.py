"""How long drill and restore take, beside what they cannot do without: `python -m tests.bench.restore [MEGABYTES]` (1000).

Floors: pg_dump and a copy of the files (drill), pg_restore and a copy (restore), each on the disk before the clock stops. Above
them: the set fetched from its restic repository, every file hashed, the database loaded and every row compared; for a restore
also laid beside and exchanged. Booting the release is not in it: it takes some seconds whatever the size.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from app.settings import env_name
from cli.app_commands import AppCommands
from cli.sets import manifest
from cli.sets.cluster import Cluster
from cli.sets.fetched import Fetched, Origin
from cli.sets.records import Records
from cli.sets.scratch import Scratch
from cli.sets.stage import Source, put_together
from cli.sets.stores.restic import ResticStore
from cli.sets.stores.store import Keys, Place
from cli.sets.swap import Swap
from cli.site import HostSite
from tests.bench.sets import fill, the_floor, timed
from tests.postgres import cluster
from tests.sets import source


def main(megabytes: int = 1000) -> dict[str, float]:
    """Make the data and a set of them, measure, print one line of JSON."""
    with (
        cluster(is_durable=True) as server,
        tempfile.TemporaryDirectory(prefix="civic-bench-") as folder,
        source(server, Path(folder)) as site,
    ):
        fill(site, megabytes)
        figures = measure(site, Path(folder))
    print(json.dumps(figures))
    return figures


def measure(site: Source, folder: Path) -> dict[str, float]:
    """Seconds of both floors, of a drill and of a restore, and their ratios; the least of two rounds each."""
    records = Records(folder / "ops")
    records.folder.mkdir()
    store = ResticStore(
        Place("local", f"{folder}/repository", Keys("correct horse battery staple"), records),
        folder / "cache",
    )
    store.require(0)
    staging = folder / "staging"
    staging.mkdir()
    made = put_together(site, staging, "by hand", None)
    store.push(staging, made)
    server = Cluster(Path(site.database.env["PGHOST"]), "civic", "civic", by_peer=False)
    rounds = []
    for number in range(2):
        shutil.copytree(site.uploads, folder / f"live-{number}")
        swap = Swap(f"2026112{number}T000000Z", server, folder / f"live-{number}", HostSite(folder / "host"))
        if server.has("civic"):
            server.drop("civic")
        server.create("civic")
        rounds.append(
            (
                timed(lambda: the_floor(site, folder)),
                timed(lambda: floor_of_restore(server, staging, folder)),
                timed(lambda: prove(site, server, store, made.id, folder)),
                timed(lambda swap=swap: restore(site, swap, store, made.id, folder)),  # type: ignore[misc]
            )
        )
    dump, load, drill, restored = (min(times) for times in zip(*rounds, strict=True))
    return {
        "dump_and_copy_seconds": round(dump, 2),
        "load_and_copy_seconds": round(load, 2),
        "drill_seconds": round(drill, 2),
        "restore_seconds": round(restored, 2),
        "drill_ratio": round(drill / dump, 2),
        "restore_ratio": round(restored / load, 2),
    }


def floor_of_restore(server: Cluster, staging: Path, folder: Path) -> None:
    """pg_restore and psql as everyone calls them, and a copy of the files."""
    server.create("civic_floor")
    server.restore("civic_floor", staging / "database/civic.dump", jobs=1)
    for table in manifest.SORTED_TABLES:
        server.copy_in("civic_floor", table, staging / f"database/{table}.copy")
    subprocess.run(["cp", "-r", staging / "uploads", folder / "floor"], check=True)
    subprocess.run(["sync", "-f", folder], check=True)
    server.drop("civic_floor")
    shutil.rmtree(folder / "floor")


def prove(site: Source, server: Cluster, store: ResticStore, set_id: str, folder: Path) -> None:
    """What `civic drill` does but for booting."""
    fetched, scratch = Fetched(folder / "drill"), Scratch(server, "drill")
    load(site, fetched, scratch, store, set_id)
    scratch.drop()
    fetched.clear()


def restore(site: Source, swap: Swap, store: ResticStore, set_id: str, folder: Path) -> None:
    """What `civic restore` does but for stopping and starting."""
    fetched = Fetched(folder / "restore")
    load(site, fetched, Scratch(swap.cluster, swap.restored.removeprefix("civic_")), store, set_id)
    swap.put_beside(fetched.folder / "uploads")
    swap.forward()
    fetched.clear()


def load(site: Source, fetched: Fetched, scratch: Scratch, store: ResticStore, set_id: str) -> None:
    """Fetch, check, load, compare."""
    origin = Origin(set_id, lambda into: store.fetch(set_id, into), lambda: site.password)
    fetched.fetch(origin)
    made = fetched.check(origin)
    scratch.make()
    scratch.fill(fetched.folder)
    app = AppCommands(
        site.app.python, {**site.app.env, env_name("database_url"): scratch.url}, site.app.folder
    )
    said = app.call("fingerprint", standing="", then="")
    assert not manifest.differences(made.fingerprint.tables, manifest.tables_of(said["tables"]))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
