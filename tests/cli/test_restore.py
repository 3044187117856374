"""What a restore reads before it begins: the key's file, the settings that come of host and set, the verb's words."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import settings
from cli.errors import PreflightRefused, WrongUse
from cli.main import civic
from cli.sets import card, key_file, new_settings
from cli.sets.fetched import Fetched
from cli.sets.stage import put_together
from cli.sets.wish import Wish
from tests.conftest import make_settings
from tests.sets import damage, source

OURS = {
    "CIVIC_HOSTNAME": "here.example",
    "CIVIC_PUBLIC_URL": "https://here.example/civic",
    "CIVIC_SECRET_KEY": "ours",
    "CIVIC_UPLOADS_DIR": "/srv/uploads",
    "CIVIC_FIREWALL": "yes",
}
THEIRS = {
    "CIVIC_HOSTNAME": "there.example",
    "CIVIC_SITE_NAME": "There",
    "CIVIC_SECRET_KEY": "theirs",
    "CIVIC_SMTP_PASSWORD": "theirs",
    "CIVIC_UPLOADS_DIR": "/elsewhere",
}


def test_the_recovery_card_is_a_key_file(tmp_path: Path) -> None:
    checked = make_settings("sqlite:///x", tmp_path, backup_password="Wq3Vt1s0pZ8mJ4xLc7Yh")
    page = tmp_path / "card.txt"
    page.write_text(card.text(checked, "1.2.0"))
    keys = key_file.read(page)
    assert keys.password == "Wq3Vt1s0pZ8mJ4xLc7Yh"
    assert keys.identity_file is None


def test_a_password_alone_or_a_key_of_age_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("Wq3Vt1s0pZ8mJ4xLc7Yh\n")
    assert key_file.read(file).password == "Wq3Vt1s0pZ8mJ4xLc7Yh"
    identity = "AGE-SECRET-KEY-1" + "Q" * 58
    file.write_text(f"of the safe\nCIVIC_BACKUP_PASSWORD=abc\n  {identity}\n")
    keys = key_file.read(file)
    assert keys.password == "abc"
    assert keys.identity_file is not None
    assert keys.identity_file.read_text() == f"{identity}\n"
    assert stat.S_IMODE(keys.identity_file.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "no key in these words\n", "CIVIC_BACKUP_S3_SECRET=x\n"])
def test_a_file_without_a_key_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)
    with pytest.raises(WrongUse, match="holds no key"):
        key_file.read(tmp_path / "key")
    with pytest.raises(WrongUse, match="cannot be read"):
        key_file.read(tmp_path / "none")


def test_data_alone_change_no_setting() -> None:
    assert new_settings.given_after(Wish("s"), OURS, THEIRS) == OURS


def test_settings_of_a_set_leave_the_host_its_own() -> None:
    after = new_settings.given_after(Wish("s", parts="settings,secrets"), OURS, THEIRS)
    assert after == {**THEIRS, "CIVIC_UPLOADS_DIR": "/srv/uploads", "CIVIC_FIREWALL": "yes"}
    secrets_only = new_settings.given_after(Wish("s", parts="secrets"), OURS, THEIRS)
    assert secrets_only == {**OURS, "CIVIC_SECRET_KEY": "theirs", "CIVIC_SMTP_PASSWORD": "theirs"}


def test_a_bare_host_takes_everything_of_the_set() -> None:
    everything = Wish("s", parts="database,uploads,settings,secrets")
    assert new_settings.given_after(everything, {}, THEIRS) == THEIRS


def test_another_name_and_a_clone_are_settings() -> None:
    after = new_settings.given_after(Wish("s", hostname="new.example", clone="yes"), OURS, THEIRS)
    assert after["CIVIC_HOSTNAME"] == "new.example"
    assert "CIVIC_PUBLIC_URL" not in after
    assert after["CIVIC_MAIL_HELD"] == "yes"
    assert settings.env_name("mail_held") == new_settings.HELD


def test_a_wish_survives_a_journal() -> None:
    wish = Wish("s", where="age:/mnt", key_file="/root/card.txt", parts="uploads", clone="yes")
    assert Wish.of({**wish.facts(), "stamp": "x", "release": "y"}) == wish
    assert (wish.wants("uploads"), wish.wants("database"), wish.wants_data) == (True, False, True)


def test_a_damaged_set_is_refused_with_all_its_faults(postgres_url: str, tmp_path: Path) -> None:
    fetched = Fetched(tmp_path / "set")
    fetched.folder.mkdir()
    with source(postgres_url, tmp_path) as site:
        put_together(site, fetched.folder, "by hand", None)
    assert fetched.check() == fetched.manifest
    said = [damage(fetched.folder, how) for how in ("a bit flipped", "a pipe", "an absolute name")]
    with pytest.raises(PreflightRefused) as refused:
        fetched.check()
    assert all(re.search(words, refused.value.failed) for words in said), refused.value.failed


@pytest.mark.parametrize(
    "words",
    [
        ["restore", "--back", "latest"],
        ["restore", "--back", "--forget"],
        ["restore", "--forget", "--only", "uploads"],
        ["restore", "latest", "--only", "everything"],
        ["mail", "resume", "now"],
        ["drill", "one", "two"],
    ],
)
def test_words_that_do_not_go_together_are_wrong_use(words: list[str]) -> None:
    assert CliRunner().invoke(civic, words).exit_code == 2


def test_a_database_goes_with_both_of_its_keys_or_with_none() -> None:
    pepper = {"CIVIC_CENSUS_PEPPER": "p" * 40}
    assert new_settings.has_same_keys({**OURS, **pepper}, {**OURS, **pepper})
    assert not new_settings.has_same_keys({**OURS, **pepper}, OURS)
    assert not new_settings.has_same_keys(OURS, THEIRS)
