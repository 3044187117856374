"""What a restore reads before it begins: the key's file, the settings that come of host and set, the verb's words."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from app import settings
from cli.errors import PreflightRefused, WrongUse
from cli.main import civic
from cli.sets import card, key_file, manifest, new_settings, signature
from cli.sets.fetched import Fetched
from cli.sets.find import Where
from cli.sets.records import Records
from cli.sets.stage import put_together
from cli.sets.stores.store import Keys, at
from cli.sets.wish import Wish
from tests.conftest import make_settings
from tests.sets import PASSWORD, damage, origin, source

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
    given = {"backup_password": "Wq3Vt1s0pZ8mJ4xLc7Yh", "ballot_key": f"{'n' * 32},{'o' * 32}"}
    checked = make_settings("sqlite:///x", tmp_path, **given)
    page = tmp_path / "card.txt"
    page.write_text(card.text(checked, "1.2.0"))
    keys = key_file.read(page)
    assert keys.password == "Wq3Vt1s0pZ8mJ4xLc7Yh"
    assert keys.identity_file is None
    assert key_file.read_ballot_key(page) == {"CIVIC_BALLOT_KEY": f"{'n' * 32},{'o' * 32}"}


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


def test_the_ballot_key_comes_of_the_card_or_stays(tmp_path: Path) -> None:
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings/civic.env").write_text("")
    card = tmp_path / "card.txt"
    card.write_text("CIVIC_BALLOT_KEY=theirs\n")
    secrets = Wish("s", parts="database,secrets")
    ours = {**OURS, "CIVIC_BALLOT_KEY": "ours"}
    for file, key in (("", "ours"), (str(card), "theirs")):
        after = new_settings.given_after(secrets, ours, new_settings.of_set(tmp_path, file))
        assert after["CIVIC_BALLOT_KEY"] == key
    assert new_settings.given_after(Wish("s"), ours, new_settings.of_set(tmp_path, str(card))) == ours


def test_another_name_and_a_clone_are_settings() -> None:
    after = new_settings.given_after(Wish("s", hostname="new.example", clone="yes"), OURS, THEIRS)
    assert after["CIVIC_HOSTNAME"] == "new.example"
    assert "CIVIC_PUBLIC_URL" not in after
    assert after["CIVIC_MAIL_HELD"] == "yes"
    assert settings.env_name("mail_held") == new_settings.HELD


def test_a_wish_survives_a_journal() -> None:
    wish = Wish(
        "s", where="age:/mnt", key_file="/root/card.txt", parts="uploads", clone="yes", unsigned="yes"
    )
    assert Wish.of({**wish.facts(), "stamp": "x", "release": "y"}) == wish
    of_an_older_release = {name: fact for name, fact in wish.facts().items() if name != "unsigned"}
    assert Wish.of(of_an_older_release) == replace(wish, unsigned="")
    assert (wish.wants("uploads"), wish.wants("database"), wish.wants_data) == (True, False, True)


@pytest.fixture(scope="module")
def whole(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set, made once."""
    folder = tmp_path_factory.mktemp("whole")
    with source(postgres_url, tmp_path_factory.mktemp("site")) as site:
        put_together(site, folder, "by hand", None)
    return folder


def test_a_damaged_set_is_refused_with_all_its_faults(whole: Path, tmp_path: Path) -> None:
    fetched = Fetched(tmp_path / "set")
    shutil.copytree(whole, fetched.folder)
    made = fetched.manifest
    assert fetched.check(origin(made.id)) == made
    said = [damage(fetched.folder, how) for how in ("a bit flipped", "a pipe", "an absolute name")]
    with pytest.raises(PreflightRefused) as refused:
        fetched.check(origin(made.id, unsigned=True))
    assert all(re.search(words, refused.value.failed) for words in said), refused.value.failed


def of_another_site(facts: dict[str, Any]) -> None:
    facts["signature"] = signature.of(facts, "the password of somebody else")


def forged(facts: dict[str, Any]) -> None:
    facts["hostname"] = "evil.example"


FORGERIES: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "without a signature": (lambda facts: facts.pop("signature"), "The set is not signed"),
    "with an empty signature": (lambda facts: facts.update(signature=""), "The set is not signed"),
    "with a signature that is no text": (
        lambda facts: facts.update(signature=["x"]),
        "signed with another password",
    ),
    "with a signature by another password": (of_another_site, "signed with another password"),
    "with one fact changed": (forged, "signed with another password"),
    "with a fact more": (lambda facts: facts.update(more=1), "signed with another password"),
}
"""What somebody who can write to the medium, and encrypt to the public key, may lay there."""


@pytest.mark.parametrize("how", FORGERIES)
def test_a_set_that_the_site_did_not_make_is_refused_unless_somebody_answers_for_it(
    whole: Path, tmp_path: Path, how: str
) -> None:
    fetched = Fetched(tmp_path / "set")
    shutil.copytree(whole, fetched.folder)
    change, said = FORGERIES[how]
    facts = manifest.facts(fetched.folder)
    change(facts)
    (fetched.folder / manifest.NAME).write_text(json.dumps(facts))
    with pytest.raises(PreflightRefused, match=said) as refused:
        fetched.check(origin(facts["id"]))
    assert "--unsigned" in refused.value.then
    assert fetched.check(origin(facts["id"], unsigned=True)).id == facts["id"]


def test_a_signature_covers_what_a_later_release_writes(whole: Path, tmp_path: Path) -> None:
    fetched = Fetched(tmp_path / "set")
    shutil.copytree(whole, fetched.folder)
    facts = {**manifest.facts(fetched.folder), "of_a_later_release": {"é": [1, None]}}
    facts["signature"] = signature.of(facts, PASSWORD)
    (fetched.folder / manifest.NAME).write_text(json.dumps(facts))
    assert fetched.check(origin(facts["id"])).id == facts["id"]


def test_an_old_set_under_a_new_name_is_refused(whole: Path) -> None:
    for unsigned in (False, True):
        with pytest.raises(PreflightRefused, match="somebody renamed it"):
            Fetched(whole).check(origin("20991124T030000Z-3fa4", unsigned=unsigned))


def test_without_a_password_no_set_is_the_sites_own(whole: Path) -> None:
    with pytest.raises(PreflightRefused, match="no password") as refused:
        Fetched(whole).check(origin(manifest.read(whole).id, password=""))
    assert "CIVIC_BACKUP_PASSWORD=" in refused.value.then


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_the_card_with_the_key_of_age_opens_its_sets_and_no_other(
    whole: Path, tmp_path: Path, identity: Path
) -> None:
    public = identity.read_text().partition("public key: ")[2].split()[0]
    checked = make_settings("sqlite:///x", tmp_path, backup_password=PASSWORD.replace(" ", "-"))
    key = tmp_path / "key.txt"
    key.write_text(card.text(checked, "1.2.0") + identity.read_text())
    fetched, place = Fetched(tmp_path / "set"), f"age:{tmp_path}/usb"
    (tmp_path / "usb").mkdir()
    anybody = at("usb", place, Keys("not asked for", (public,)), Records(tmp_path))
    facts = manifest.facts(whole)
    for set_id, password in (
        ("20260101T000000Z-0000", checked.backup_password),
        ("20260102T000000Z-0000", "evil"),
    ):
        laid = tmp_path / set_id
        shutil.copytree(whole, laid)
        changed = {**facts, "id": set_id}
        (laid / manifest.NAME).write_text(
            json.dumps({**changed, "signature": signature.of(changed, password)})
        )
        anybody.push(laid, manifest.read(laid))
    ours, theirs = (Where(place=place, key_file=str(key)).origin(entry.id) for entry in anybody.list_sets())
    fetched.fetch(ours)
    assert fetched.check(ours).id == ours.set_id
    fetched.fetch(theirs)
    with pytest.raises(PreflightRefused, match="signed with another password"):
        fetched.check(theirs)
    alone = Where(place=place, key_file=str(identity)).origin(ours.set_id)
    fetched.fetch(alone)
    with pytest.raises(PreflightRefused, match="no password"):
        fetched.check(alone)


def test_nothing_of_a_forged_set_is_read(whole: Path, tmp_path: Path) -> None:
    fetched = Fetched(tmp_path / "set")
    shutil.copytree(whole, fetched.folder)
    damage(fetched.folder, "a pipe")
    with pytest.raises(PreflightRefused) as refused:
        fetched.check(origin(fetched.manifest.id, "another password"))
    assert "database/pipe" not in refused.value.failed


@pytest.mark.parametrize(
    "words",
    [
        ["restore", "--back", "latest"],
        ["restore", "--back", "--forget"],
        ["restore", "--forget", "--only", "uploads"],
        ["restore", "--back", "--unsigned"],
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
