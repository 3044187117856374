"""What a host remembers of its stores and drills, when a store is due, and the recovery card."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import settings
from app.backup_stores import Schedule, StoreWords
from cli import clock
from cli.errors import PreflightRefused
from cli.main import civic
from cli.sets import card
from cli.sets.records import Arrived, Drill, Records
from cli.sets.schedule import is_due
from cli.sets.stores.store import of_site
from cli.site import HostSite
from tests.cli.conftest import GOOD

WORDS = StoreWords("local", "/srv/sets", Schedule("hourly"))


def arrived(ago: timedelta) -> Arrived:
    return Arrived("20261124T030000Z-3fa4", (clock.now() - ago).isoformat(), 5, 1.5)


def checked(**more: str) -> settings.Settings:
    given = {**GOOD, "CIVIC_SECRET_KEY": "k" * 40, "CIVIC_BACKUP_PASSWORD": "correct horse battery staple"}
    return settings.load({**given, **{settings.env_name(name): text for name, text in more.items()}})


def test_nothing_is_known_at_first_and_what_is_written_is_read(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert (records.stores(), records.drills(), records.last_manifest()) == ({}, [], None)
    records.remember_place("local", "/srv/sets")
    first = records.stores()["local"].initialised_at
    records.remember_place("local", "/srv/sets")
    records.remember_failure("local", "/srv/sets", "it is full")
    assert records.stores()["local"].last_failure is not None
    records.remember_set("local", "/srv/sets", arrived(timedelta(0)))
    records.remember_made("abc")
    known = Records(tmp_path).stores()["local"]
    assert (known.initialised_at, known.last_failure, known.last_set and known.last_set.bytes) == (
        first,
        None,
        5,
    )
    assert Records(tmp_path).last_manifest() == "abc"


def test_the_last_drill_of_a_set_counts_and_a_line_cut_short_by_a_power_cut_does_not(tmp_path: Path) -> None:
    records = Records(tmp_path)
    for name, ok in (("a", True), ("b", False), ("b", True), ("a", False)):
        records.add_drill(Drill("2026-11-24T04:00:00+00:00", "local", name, ok, "2026-11-24T03:00:00+00:00"))
    with (tmp_path / "drills.jsonl").open("a") as file:
        file.write('{"at": "2026')
    assert records.verified("local") == {"b"}
    assert records.found_bad("local") == {"a"}
    assert records.verified("vault") == set()


def test_what_a_later_release_wrote_beside_is_passed_over_after_a_way_back(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.remember_set("local", "/srv/sets", arrived(timedelta(hours=2)))
    records.add_drill(Drill("2026-11-01T00:00:00+00:00", "local", "a", True, "2026-11-01T00:00:00+00:00"))
    stores, drills = tmp_path / "sets.json", tmp_path / "drills.jsonl"
    stores.write_text(
        stores.read_text().replace('"where"', '"later": 1, "where"').replace('"bytes"', '"later": 1, "bytes"')
    )
    drills.write_text(drills.read_text().replace('"store"', '"later": 1, "store"'))
    assert records.verified("local") == {"a"}
    assert records.stores()["local"].last_set is not None


def test_a_new_store_is_due_at_its_first_hour(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert not is_due(WORDS, records, "Europe/Paris")
    records.remember_known("local", "/srv/sets")
    known = records.stores()["local"].known_at
    assert not is_due(WORDS, records, "Europe/Paris")
    records.remember_place("local", "/srv/sets")
    records.remember_known("local", "/srv/sets")
    assert records.stores()["local"].known_at == known
    hours_ago = (clock.now() - timedelta(hours=2)).isoformat()
    (tmp_path / "sets.json").write_text((tmp_path / "sets.json").read_text().replace(known, hours_ago))
    assert is_due(WORDS, records, "Europe/Paris")


def test_a_store_is_due_when_its_hour_has_passed_and_left_in_peace_after_a_failure(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.remember_set("local", "/srv/sets", arrived(timedelta(hours=2)))
    assert is_due(WORDS, records, "Europe/Paris")
    records.remember_failure("local", "/srv/sets", "away")
    assert not is_due(WORDS, records, "Europe/Paris")
    records.remember_set("local", "/srv/sets", arrived(timedelta(0)))
    assert not is_due(WORDS, records, "Europe/Paris")
    assert not is_due(StoreWords("hand", "/x", Schedule("by-hand")), records, "Europe/Paris")


def test_no_store_and_no_store_of_that_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PreflightRefused, match="CIVIC_BACKUP_STORES is empty"):
        of_site(checked(backup_stores=""), Records(tmp_path))
    with pytest.raises(PreflightRefused, match=r"No store is called vault\.\nNo store is called tape\."):
        of_site(checked(), Records(tmp_path), ("vault", "local", "tape"))


def test_the_card_has_every_place_every_key_and_a_command_for_each_store() -> None:
    recipient = "age1" + "q" * 58
    made = checked(
        backup_stores="local=/srv/sets; vault=sftp:me@nas.example:/civic; usb=age:/mnt/usb; cloud=s3:https://s3.example/b",
        backup_age_recipients=recipient,
        backup_s3_key_id="id-of-key",
        backup_s3_secret="its secret",
    )
    page = card.text(made, "1.2.0-3fa4c1d2")
    for words in made.stores:
        assert f"./deploy/civic restore latest --from {words.where} --key-file key.txt" in page
    for key in ("CIVIC_BACKUP_PASSWORD=correct horse battery staple", "CIVIC_BACKUP_S3_KEY_ID=id-of-key"):
        assert f"\n  {key}\n" in page
    assert "\n  CIVIC_BACKUP_S3_SECRET=its secret\n" in page
    assert recipient in page
    assert "ON THE HOST ITSELF" not in page
    assert len(page.splitlines()) <= 60


def test_the_card_of_a_site_whose_sets_are_all_at_home_says_so() -> None:
    assert "ALL OF THEM ARE ON THE HOST ITSELF" in card.text(checked(), "1.2.0")


@pytest.mark.skipif(HostSite().exists(), reason="a real site is installed on this machine")
@pytest.mark.parametrize("words", [["backup"], ["sets"], ["recovery-card"]])
def test_without_a_site_there_is_nothing_to_back_up(words: list[str]) -> None:
    said = CliRunner().invoke(civic, words)
    assert (said.exit_code, "civic install" in said.output) == (2, True)
