"""How long a census file takes to be brought in, beside psql's \\copy of it: `python -m tests.bench.census [ROWS]` (100,000).

Floor: `\\copy` of the file's rows, in the form in which they are kept, into the two tables that an import writes, with their
indexes: staged rows and entries. Above it `app census-prepare` (read, check, hash, stage, compare) and `app census-apply`, each
a process of its own, whose memory is measured. On SQLite the floor is executemany of the same rows.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import make_url

from app.census import service
from app.census.service import NewList
from app.core.db import db
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
    file = write_file(folder / "roll.csv", rows)
    with empty_site(make_settings(server, folder)) as site:
        settings = site.config["CIVIC"]
        with site.app_context():
            make_list()
    environment = site_process.environment(settings)
    psql = ["psql", "-q", "-h", str(make_url(server).query["host"]), "-U", "civic", "postgres", "-c"]
    kept = {table: folder / table for table in INTO}
    prepare = timed(["app", "census-prepare"], environment, file)
    save(psql, STAGED, kept[STAGED])
    apply = timed(["app", "census-apply", "1"], environment)
    save(psql, ENTRIES, kept[ENTRIES])
    again = timed(["app", "census-prepare"], environment, file)
    subprocess.run([*psql, "TRUNCATE census_entries, census_staged"], check=True)
    floor = sum(load(psql, table, path) for table, path in kept.items())
    return {
        "rows": rows,
        "megabytes": round(file.stat().st_size / 2**20, 1),
        "prepare_seconds": round(prepare, 2),
        "apply_seconds": round(apply, 2),
        "again_seconds": round(again, 2),
        "floor_seconds": round(floor, 2),
        "ratio": round((prepare + apply) / floor, 2),
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


def make_list() -> None:
    """The list of the file, committed."""
    service.add_list("shell", NewList("Roll", "register", "Decision 12", date(2199, 1, 1), "other", "number"))
    db.session.commit()


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
