"""How long a census file takes to be brought in, beside psql's \\copy of it: `python -m tests.bench.census [ROWS]` (100,000).

Floor: `\\copy` of the file's rows, in the form in which they are kept, into the two tables that an import writes, with their
indexes: staged rows and entries. Above it `app census-prepare` (read, check, hash, stage, compare) and `app census-apply`, each
a process of its own, whose memory is measured.
Last `app census-renew` gives both tables another pepper. On SQLite the floor is executemany of the same rows.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import make_url

from app.census import service
from app.census.service import NewList
from app.core.db import db
from app.settings import Settings
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site
from tests.web import site_process

HEADER = [
    "number", "nom", "nom d'usage", "prénoms", "date de naissance", "lieu de naissance", "sexe", "quartier", "langue",
    "voie", "code postal", "commune",
]  # fmt: skip
FAMILIES = (
    "Lefèvre",
    "Núñez",
    "D’Agostino",
    "Le Goff",
    "García Márquez",
    "Martin",
    "Öztürk",
    "Weiß",
    "Bélanger",
    "Ibáñez",
)
GIVEN = ("Zoé Marie", "José", "Anne-Lise", "Émile", "Noël", "Inés", "Paul", "María", "Günther", "Chloé")
STAGED, ENTRIES = "census_staged", "census_entries"
INTO = {
    STAGED: "import_id, line, is_held, identity_hash, birth_on, birth_year, sex, district, language, family_hash, "
    "used_family_hash, given_hash",
    ENTRIES: "id, identity_hash, birth_on, birth_year, sex, district, language, family_hash, used_family_hash, given_hash, "
    "list_id, valid_from, added_by",
}


def main(rows: int = 100_000) -> dict[str, float]:
    """Measure on PostgreSQL, print one line of JSON."""
    with cluster(is_durable=True) as server, tempfile.TemporaryDirectory(prefix="civic-bench-") as folder:
        figures = on_postgresql(server, Path(folder), rows)
    print(json.dumps(figures))
    return figures


def on_postgresql(server: str, folder: Path, rows: int) -> dict[str, float]:
    """Seconds of an import and of its floor, and the memory of the largest process."""
    settings, file = make_settings(server, folder), write_file(folder / "roll.csv", rows)
    psql = ["psql", "-q", "-h", str(make_url(server).query["host"]), "-U", "civic", "postgres", "-c"]
    kept = {table: folder / table for table in INTO}
    figures = bring(settings, file, lambda table: save(psql, table, kept[table]))
    subprocess.run([*psql, "TRUNCATE census_entries, census_staged"], check=True)
    floor = sum(load(psql, table, path) for table, path in kept.items())
    return judged(figures, rows, floor)


def on_sqlite(folder: Path, rows: int) -> dict[str, float]:
    """The same beside executemany of the same rows into the same tables."""
    database = folder / "civic.db"
    settings, file = make_settings(f"sqlite:///{database}", folder), write_file(folder / "roll.csv", rows)
    kept: dict[str, list[tuple[object, ...]]] = {}

    def keep(table: str) -> None:
        with closing(sqlite3.connect(database)) as connection:
            kept[table] = connection.execute(f"SELECT {INTO[table]} FROM {table}").fetchall()

    figures = bring(settings, file, keep)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        for table in INTO:
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
        begun = time.monotonic()
        for table, found in kept.items():
            marks = ", ".join("?" * len(found[0]))
            connection.executemany(f"INSERT INTO {table} ({INTO[table]}) VALUES ({marks})", found)
            connection.commit()
        return judged(figures, rows, time.monotonic() - begun)


def bring(settings: Settings, file: Path, look: Callable[[str], None]) -> dict[str, float]:
    """Bring the file in by the site's commands, and once more; `look` is called while each of the tables is full."""
    with empty_site(settings) as site, site.app_context():
        service.add_list(
            "shell", NewList("Roll", "register", "Decision 12", date(2199, 1, 1), "other", "number")
        )
        db.session.commit()
    environment = site_process.environment(settings)
    nothing = timed(["app", "census-lists"], environment)
    prepare = timed(["app", "census-prepare"], environment, file)
    look(STAGED)
    apply = timed(["app", "census-apply", "1"], environment)
    look(ENTRIES)
    again = timed(["app", "census-prepare"], environment, file)
    renew = timed(["app", "census-renew"], {**environment, "CIVIC_CENSUS_PEPPER": "p" * 40})
    return {"start": nothing, "prepare": prepare, "apply": apply, "again": again, "renew": renew}


def judged(seconds: dict[str, float], rows: int, floor: float) -> dict[str, float]:
    """The figures, and the import as a multiple of its floor; what starting two processes takes is left out of it."""
    took = seconds["prepare"] + seconds["apply"] - 2 * seconds["start"]
    return {
        "rows": rows,
        **{f"{name}_seconds": round(one, 2) for name, one in seconds.items()},
        "floor_seconds": round(floor, 2),
        "ratio": round(took / floor, 2),
        "renewal_ratio": round((seconds["renew"] - seconds["start"]) / floor, 2),
        "peak_megabytes": round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1),
    }


def write_file(path: Path, rows: int) -> Path:
    """So many people with twelve columns."""
    begin = date(1930, 1, 1)
    with path.open("w", encoding="utf-8", newline="") as sheet:
        writer = csv.writer(sheet, delimiter=";")
        writer.writerow(HEADER)
        for n in range(rows):
            born = begin + timedelta(days=n * 7919 % 30_000)
            family = f"{FAMILIES[n % 10]}-{n % 997}"
            writer.writerow([
                f"N-{n:08}", family, FAMILIES[n // 10 % 10] if n % 5 == 0 else "", GIVEN[n // 7 % 10], f"{born:%d/%m/%Y}",
                "Valclair", "FM"[n % 2], f"Bureau {n % 40}", "fr", f"{n % 200} rue des Lilas", "12345", "Valclair",
            ])  # fmt: skip
    return path


def timed(words: list[str], environment: dict[str, str], file: Path | None = None) -> float:
    """Seconds of `python -m WORDS`."""
    os.sync()
    begun = time.monotonic()
    with (file or Path(os.devnull)).open("rb") as stdin:
        subprocess.run(
            [sys.executable, "-m", *words],
            env=environment,
            stdin=stdin,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    return time.monotonic() - begun


def save(psql: list[str], table: str, path: Path) -> None:
    """The rows of a table as a file."""
    subprocess.run([*psql, f"\\copy {table} ({INTO[table]}) to '{path}'"], check=True)


def load(psql: list[str], table: str, path: Path) -> float:
    """Seconds to load it again."""
    os.sync()
    begun = time.monotonic()
    subprocess.run([*psql, f"\\copy {table} ({INTO[table]}) from '{path}'"], check=True)
    return time.monotonic() - begun


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
