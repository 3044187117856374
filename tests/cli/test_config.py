"""Config files are refused with all their faults at once, and written whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli import config
from cli.errors import WrongUse
from tests.cli.conftest import GOOD


def test_a_good_file_has_no_fault_although_the_secret_key_is_still_to_be_drawn() -> None:
    assert config.faults_of(GOOD) == []


def test_all_faults_come_at_once_with_the_nearest_known_name() -> None:
    faults = config.faults_of(
        {**GOOD, "CIVIC_SMTP_PROT": "25", "SMTP_USER": "x", "CIVIC_WEB_WORKERS": "many"}
    )
    assert faults == [
        "CIVIC_SMTP_PROT is not a setting; did you mean CIVIC_SMTP_PORT?",
        "CIVIC_WEB_WORKERS must be a whole number from 1 to 64 (it is 'many')",
        "SMTP_USER is not a setting; did you mean CIVIC_SMTP_USER?",
    ]


def test_mail_that_comes_back_needs_its_address_and_its_mailbox() -> None:
    imap = {"CIVIC_BOUNCES_IMAP_HOST": "imap.example.org", "CIVIC_BOUNCES_IMAP_USER": "bounces"}
    assert config.faults_of({**GOOD, **imap}) == [
        "CIVIC_MAIL_BOUNCES is missing: CIVIC_BOUNCES_IMAP_HOST needs it",
        "CIVIC_BOUNCES_IMAP_PASSWORD is missing: CIVIC_BOUNCES_IMAP_HOST needs it",
    ]
    (fault,) = config.faults_of({**GOOD, "CIVIC_MAIL_BOUNCES": f"{'b' * 25}@example.org"})
    assert fault.startswith("CIVIC_MAIL_BOUNCES must be an address with at most 24 letters")


def test_a_host_that_delivers_by_itself_is_its_own_mail_server() -> None:
    assert config.faults_of({**GOOD, "CIVIC_MAIL_BY_HOST": "yes"}) == [
        "CIVIC_SMTP_HOST must be localhost: with CIVIC_MAIL_BY_HOST=yes the host is the mail server",
        "CIVIC_SMTP_PORT must be 25: with CIVIC_MAIL_BY_HOST=yes the host is the mail server",
        "CIVIC_SMTP_SECURITY must be none: with CIVIC_MAIL_BY_HOST=yes the host is the mail server",
        "CIVIC_MAIL_BOUNCES is missing: CIVIC_MAIL_BY_HOST=yes needs it",
    ]
    own = {"CIVIC_SMTP_HOST": "localhost", "CIVIC_SMTP_PORT": "25", "CIVIC_SMTP_SECURITY": "none"}
    assert (
        config.faults_of(
            {**GOOD, **own, "CIVIC_MAIL_BY_HOST": "yes", "CIVIC_MAIL_BOUNCES": "b@back.example.org"}
        )
        == []
    )


def test_lines_that_cannot_be_read_and_names_given_twice_are_refused_with_their_line(tmp_path: Path) -> None:
    file = tmp_path / "site.env"
    file.write_text("CIVIC_SITE_NAME=A\nwhat is this\nCIVIC_SITE_NAME=B\nCIVIC_TLS\n")
    with pytest.raises(WrongUse) as refused:
        config.read(file)
    assert [line.split(": ")[0].rpartition(":")[2] for line in refused.value.failed.splitlines()] == [
        "2",
        "3",
        "4",
    ]


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / "site.env").write_bytes(content)
    with pytest.raises(WrongUse, match="cannot be read"):
        config.read(tmp_path / "site.env")


@pytest.mark.parametrize("name", ["smtp-port", "SMTP_PORT", "CIVIC_SMTP_PORT"])
def test_a_setting_can_be_named_in_each_of_its_forms(name: str) -> None:
    assert config.known_name(name) == "CIVIC_SMTP_PORT"


def test_a_slip_in_a_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(WrongUse, match="did you mean CIVIC_SMTP_PORT"):
        config.known_name("smtp_prot")


@given(value=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_what_is_written_is_what_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    file = tmp_path_factory.mktemp("config") / "site.env"
    config.write(file, {"CIVIC_SITE_NAME": value, "CIVIC_TLS": "acme"})
    assert config.read(file) == {"CIVIC_SITE_NAME": value, "CIVIC_TLS": "acme"}
    assert file.stat().st_mode & 0o777 == 0o600
