"""Scratch databases in a real PostgreSQL: made, filled from what a set holds, dropped; half a set fills nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import run
from cli.errors import Failure, WrongUse
from cli.sets.cluster import Cluster
from cli.sets.scratch import Scratch
from tests import postgres

ROWS = """
CREATE TABLE places (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO places SELECT n, 'É' || n FROM generate_series(1, 500) n;
CREATE TABLE ballot_hopper (id text PRIMARY KEY, place int REFERENCES places, sealed bytea);
CREATE TABLE ballot_box (id text PRIMARY KEY, choices text);
INSERT INTO ballot_hopper VALUES ('b', 2, '\\x0001'), ('a', 1, '\\xff');
INSERT INTO ballot_box VALUES ('z', E'tab\\tand\\nline');
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A private cluster that takes everybody for its owner."""
    with postgres.cluster(is_durable=False) as address:
        sockets = Path(address.partition("host=")[2])
        yield Cluster(sockets, superuser="civic", owner="civic", by_peer=False)


@pytest.fixture
def folder(cluster: Cluster, tmp_path: Path) -> Iterator[Path]:
    """What a set holds of a database with a few rows."""
    Scratch(cluster, "origin").make()
    cluster.ask("civic_origin", ROWS)
    (tmp_path / "database").mkdir()
    tables = ("ballot_hopper", "ballot_box")
    dump = [cluster.program("pg_dump"), "-h", cluster.sockets, "-U", "civic", "-Fc"]
    dump += [f"--exclude-table-data={table}" for table in tables]
    subprocess.run([*dump, "-f", tmp_path / "database/civic.dump", "civic_origin"], check=True)
    for table in tables:
        rows = cluster.ask("civic_origin", f"COPY (SELECT * FROM {table} ORDER BY id) TO STDOUT")
        (tmp_path / f"database/{table}.copy").write_text(rows + "\n")
    yield tmp_path
    cluster.drop("civic_origin")


def test_it_is_filled_with_what_the_set_holds_and_dropped_without_a_trace(
    cluster: Cluster, folder: Path
) -> None:
    scratch = Scratch(cluster, "drill")
    scratch.make()
    cluster.ask(scratch.database, "CREATE TABLE left_by_a_killed_run (id int)")
    scratch.make()
    scratch.fill(folder)
    for table in ("places", "ballot_hopper", "ballot_box"):
        rows = f"SELECT md5(string_agg(t::text, '|' ORDER BY id)) FROM {table} t"
        assert cluster.ask(scratch.database, rows) == cluster.ask("civic_origin", rows)
    assert cluster.ask(scratch.database, "SELECT count(*) FROM pg_tables WHERE tablename LIKE 'left%'") == "0"
    kind = "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'civic_drill'"
    assert cluster.ask("postgres", kind) == "UTF8|C.UTF-8"
    scratch.drop()
    scratch.drop()
    assert cluster.list_databases() == ["civic_origin"]


@pytest.mark.parametrize("file", ["civic.dump", "ballot_hopper.copy"])
def test_half_a_file_is_a_failure(cluster: Cluster, folder: Path, file: str) -> None:
    path = folder / "database" / file
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    scratch = Scratch(cluster, "drill")
    scratch.make()
    with pytest.raises(Failure, match="PostgreSQL refused"):
        scratch.fill(folder)
    scratch.drop()


def test_the_servers_own_programs_are_used_whatever_stands_first_in_path(
    cluster: Cluster, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("psql", "pg_restore"):
        wrong = tmp_path / "bin" / name
        wrong.parent.mkdir(exist_ok=True)
        wrong.write_text("#!/bin/sh\nexit 3\n")
        wrong.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.defpath}")
    assert run.capture(["pg_restore"]).code == 3
    scratch = Scratch(cluster, "drill")
    scratch.make()
    scratch.fill(folder)
    scratch.drop()


def test_a_name_that_is_not_the_sites_is_never_touched(cluster: Cluster) -> None:
    for name in ("postgres", 'civic"; DROP DATABASE civic', "civic_A", ""):
        with pytest.raises(ValueError, match="no name of a site's database"):
            cluster.drop(name)


def test_a_database_elsewhere_is_refused_with_what_can_be_done() -> None:
    assert Cluster.of("postgresql+psycopg:///civic?host=/run/postgresql") == Cluster()
    with pytest.raises(WrongUse, match="names a database elsewhere"):
        Cluster.of("postgresql+psycopg://civic:geheim@db.example.org/civic")
