"""How long a backup takes, beside pg_dump and a copy of the same data: `python -m tests.bench.sets [MEGABYTES]` (1000).

Floor: `pg_dump --format=custom` of the same database and `cp` of the same files, on the disk before the clock stops. Above it a
set put together (dump, sorted ballots, fingerprint, hashes) and pushed into an empty restic repository, then a second one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import create_engine, text

from cli.sets.database import Database
from cli.sets.records import Records
from cli.sets.stage import Source, put_together
from cli.sets.stores.restic import ResticStore
from cli.sets.stores.store import Keys, Place
from tests.postgres import cluster
from tests.sets import source

MEGABYTE = 2**20
PICTURE = 400_000
LETTERS = """
INSERT INTO outbox_messages
  (key, message_id, lane, recipient, subject, text, secret, state, attempts, created_at, next_at, answer)
SELECT n, md5('m' || n), 1, md5('a' || n) || '@example.org', 'Votre vote', format(repeat('Madame, Monsieur, votre vote a bien '
       'été enregistré. Votre référence est %s. Elle ne dit rien de vos choix. Vous pouvez vérifier que votre bulletin est dans '
       'l''urne avec le reçu que votre navigateur garde. ', 3), md5('1' || n), md5('2' || n), md5('3' || n)),
       false, 'sent', 1, now(), now(), '250 ok'
FROM generate_series(1, :rows) n
"""
BALLOTS = """
INSERT INTO ballot_box
SELECT 1, md5('B' || n), format('{"choices": ["%s", "%s"]}', md5('c' || n), n % 97), md5('R' || n) || md5('S' || n)
FROM generate_series(1, :rows) n
"""


def main(megabytes: int = 1000) -> dict[str, float]:
    """Make the data, measure, print one line of JSON."""
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
    """Seconds of the floor, of the first and of a second backup, and their ratios; the least of two rounds each."""
    records = Records(folder / "ops")
    records.folder.mkdir()
    rounds = []
    for number in range(2):
        store = ResticStore(
            Place("local", f"{folder}/repository-{number}", Keys("correct horse battery staple"), records),
            folder / "cache",
        )
        store.require(0)
        floor = timed(lambda: the_floor(site, folder))
        first = timed(lambda store=store: back_up(site, folder, store))  # type: ignore[misc]
        again = timed(lambda store=store: back_up(site, folder, store))  # type: ignore[misc]
        rounds.append((floor, first, again))
        shutil.rmtree(folder / f"repository-{number}")
    floor, first, again = (min(times) for times in zip(*rounds, strict=True))
    return {
        "floor_seconds": round(floor, 2),
        "first_seconds": round(first, 2),
        "again_seconds": round(again, 2),
        "first_ratio": round(first / floor, 2),
        "again_ratio": round(again / floor, 2),
    }


def the_floor(site: Source, folder: Path) -> None:
    """pg_dump of the server's major, as everyone calls it, and a copy of the files."""
    copy = folder / "copy"
    copy.mkdir()
    major = int(max(path.name for path in Path("/usr/lib/postgresql").iterdir()))
    site.database.into(copy / "dump", major, "pg_dump", "--format=custom")
    subprocess.run(["cp", "-r", site.uploads, copy / "uploads"], check=True)
    subprocess.run(["sync", "-f", copy], check=True)
    shutil.rmtree(copy)


def back_up(site: Source, folder: Path, store: ResticStore) -> None:
    """What `civic backup` does."""
    staging = folder / "staging"
    staging.mkdir()
    store.push(staging, put_together(site, staging, "by hand", None))
    shutil.rmtree(staging)


def timed(work: Callable[[], object]) -> float:
    """Seconds of the work."""
    os.sync()
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def fill(site: Source, megabytes: int) -> None:
    """Letters, people and ballots to that size, and as much in pictures, which nothing compresses."""
    engine = create_engine(url_of(site.database))
    rows = megabytes * MEGABYTE // 1500
    with engine.begin() as connection:
        connection.execute(text(LETTERS), {"rows": rows})
        connection.execute(text(BALLOTS), {"rows": rows // 2})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        size = connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one()
    engine.dispose()
    for number in range(megabytes * MEGABYTE // PICTURE):
        (site.uploads / f"projects/{number}.jpg").write_bytes(os.urandom(PICTURE))
    print(f"database {size / MEGABYTE:.0f} MB, files {megabytes} MB", file=sys.stderr)


def url_of(database: Database) -> str:
    """Its address for SQLAlchemy."""
    return f"postgresql+psycopg://civic@/{database.env['PGDATABASE']}?host={database.env['PGHOST']}"


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
