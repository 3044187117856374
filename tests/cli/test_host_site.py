"""Verbs for a real site say so where there is none, and name the way to one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.main import civic
from cli.site import HostSite

WITHOUT_SITE = pytest.mark.skipif(HostSite().exists(), reason="a real site is installed on this machine")


@WITHOUT_SITE
@pytest.mark.parametrize("words", [["status"], ["doctor"], ["logs"], ["admin", "add", "a@example.org"]])
def test_without_a_site_the_verb_is_wrong_use_and_names_the_way_to_one(words: list[str]) -> None:
    said = CliRunner().invoke(civic, words)
    assert (said.exit_code, "civic install" in said.output) == (2, True)


@pytest.mark.parametrize("words", [["start"], ["stop"], ["status", "--dir", "/tmp/x"]])
def test_what_only_a_trial_site_knows_needs_the_word_trial(words: list[str]) -> None:
    said = CliRunner().invoke(civic, words)
    assert (said.exit_code, "--trial" in said.output) == (2, True)


def test_a_secret_of_a_later_release_is_passed_over(tmp_path: Path) -> None:
    for name in ("CIVIC_SECRET_KEY", "CIVIC_OF_LATER"):
        file = tmp_path / "etc/civic/credentials" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("s" * 48)
    (tmp_path / "etc/civic/civic.env").write_text("")
    assert HostSite(tmp_path).given() == {"CIVIC_SECRET_KEY": "s" * 48}


def test_the_live_release_is_the_one_that_the_link_names(tmp_path: Path) -> None:
    (tmp_path / "opt/civic/releases/1.2.3").mkdir(parents=True)
    (tmp_path / "opt/civic/current").symlink_to("releases/1.2.3")
    site = HostSite(tmp_path)
    assert site.exists()
    assert site.version() == "1.2.3"
