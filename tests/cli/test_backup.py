"""A backup into several stores: one that fails stops no other, and old sets go only after a newer one was proved."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app import settings
from cli.errors import Failure, PreflightRefused
from cli.lifecycle.journal import Journal
from cli.lifecycle.operation import carry_out
from cli.sets import backup, stage
from cli.sets.backup import Backup
from cli.sets.manifest import Manifest
from cli.sets.records import Drill, Records
from cli.sets.stage import Source
from cli.sets.stores.store import of_site
from cli.site import HostSite
from tests.cli.conftest import GOOD, Heard
from tests.sets import source

pytestmark = pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
NIGHTS = [datetime(2026, 11, day, 3, 0, tzinfo=UTC) for day in (1, 2, 3)]


@pytest.fixture
def records(tmp_path: Path) -> Records:
    folder = tmp_path / "ops"
    folder.mkdir()
    return Records(folder)


def make(heard: Heard, tmp_path: Path, records: Records, stores: str) -> Backup:
    """A backup into these stores; of which site, each test says."""
    given = {"CIVIC_SECRET_KEY": "k" * 40, "CIVIC_BACKUP_PASSWORD": "correct horse battery staple"}
    checked = settings.load({**GOOD, **given, "CIVIC_BACKUP_STORES": stores})
    return Backup(heard.console, HostSite(tmp_path), checked, of_site(checked, records), "by hand", records)


def test_all_stores_refused_is_said_with_each_reason_before_anything_is_begun(
    heard: Heard, tmp_path: Path, records: Records
) -> None:
    records.remember_place("one", f"{tmp_path}/one")
    made = make(heard, tmp_path, records, f"one={tmp_path}/one; two=sftp:root@127.0.0.1:/nowhere")
    with pytest.raises(PreflightRefused) as refused:
        made.look()
    assert [words in refused.value.failed for words in ("is its disk mounted?", "does not let us in")] == [
        True
    ] * 2
    assert records.stores()["two"].last_failure is not None
    assert not (tmp_path / "one").exists()


def test_one_store_that_fails_stops_no_other(
    heard: Heard, tmp_path: Path, records: Records, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "FOLDER", tmp_path / "staging")
    records.remember_place("away", f"{tmp_path}/away")
    made = make(heard, tmp_path, records, f"away={tmp_path}/away; here={tmp_path}/here")
    with source(postgres_url, tmp_path / "site") as site:
        monkeypatch.setattr(Source, "of_site", lambda host, checked: site)
        made.look()
        operation = made.operation()
        carry_out(heard.console, operation, Journal.open(tmp_path, operation.name, operation.facts))
    assert list(made.arrived) == ["here"]
    assert not (tmp_path / "staging").exists()
    with pytest.raises(Failure, match="is its disk mounted") as said:
        made.refuse_faults()
    assert said.value.standing.endswith("The new set is in: here.")
    arrived = records.stores()["here"].last_set
    assert arrived is not None
    assert [entry.id for entry in made.stores[1].list_sets()] == [arrived.id]
    assert records.last_manifest()


def test_old_sets_stay_until_a_newer_one_was_proved_and_the_last_good_one_for_ever(
    heard: Heard, tmp_path: Path, records: Records, postgres_url: str
) -> None:
    made = make(heard, tmp_path, records, f"here={tmp_path}/here keep 1d")
    (store,) = made.stores
    made.look()
    made.arrived["here"] = 1.0
    with (
        source(postgres_url, tmp_path / "site") as site,
        stage.staged(site, "by hand", None, tmp_path / "set") as told,
    ):
        ids = []
        for night in NIGHTS:
            one = of_night(told, night)
            store.push(tmp_path / "set", one)
            ids.append(one.id)

    def left() -> list[str]:
        made.thin(store)
        return [entry.id for entry in store.list_sets()]

    def drilled(set_id: str, ok: bool) -> None:
        at = (NIGHTS[-1] + timedelta(hours=1)).isoformat()
        records.add_drill(Drill(at, "here", set_id, ok, at))

    assert left() == ids
    drilled(ids[1], True)
    assert left() == ids[1:]
    drilled(ids[2], False)  # the newest is bad: the last good one stays, whatever the generations say
    assert left() == ids[1:]
    drilled(ids[2], True)
    assert left() == ids[2:]


def of_night(told: Manifest, night: datetime) -> Manifest:
    """The same set as if it had been made that night."""
    return replace(told, id=f"{night:%Y%m%dT%H%M%SZ}-3fa4", made_at=night)
