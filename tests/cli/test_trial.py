"""A trial site is born, lives, is killed, comes back and goes without a trace: with the real site, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.processes import Process
from cli.trial.folder import TrialFolder
from tests.guards.files import ROOT


class Trial:
    """One trial site, called as a person calls it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.card: dict[str, Any] = {}

    def civic(self, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """`civic WORDS --trial --dir FOLDER`, which must end with `code`."""
        command = [sys.executable, "-m", "cli", *words, "--trial", "--dir", str(self.folder)]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def facts(self, *words: str, code: int = 0) -> dict[str, Any]:
        """The same with --json."""
        found: dict[str, Any] = json.loads(self.civic(*words, "--json", code=code).stdout)
        return found


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """A trial site that was just installed; the tests of this module are its life, in order."""
    site = Trial(tmp_path_factory.mktemp("trial") / "site")
    site.card = site.facts("install", "--port", "8200")
    yield site
    if site.folder.exists():
        site.civic("uninstall", "--yes")


def get(url: str) -> tuple[int, str]:
    """A page as a browser without scripts gets it."""
    with urllib.request.urlopen(url, timeout=20) as response:
        return response.status, response.read().decode()


def test_the_sample_town_answers_and_its_people_can_sign_in(trial: Trial) -> None:
    assert "Valclair" in get(trial.card["address"])[1]
    assert get(trial.card["mails"])[0] == 200
    for card in (trial.card, trial.facts("install")):
        for role in ("officer", "resident"):
            assert card[role]["link"].startswith(card["address"])
            assert get(card[role]["link"])[0] == 200


def test_a_second_install_is_the_same_site_and_touches_no_process(trial: Trial) -> None:
    before = trial.facts("status")["parts"]
    trial.civic("install")
    assert trial.facts("status")["parts"] == before


def test_its_folder_is_for_its_user_only(trial: Trial) -> None:
    assert trial.folder.stat().st_mode & 0o077 == 0
    assert (trial.folder / "trial.env").stat().st_mode & 0o077 == 0


def test_a_doctor_finds_nothing_in_it(trial: Trial) -> None:
    assert trial.facts("doctor")["findings"] == []


def test_a_killed_part_is_seen_found_by_the_doctor_and_started_again(trial: Trial) -> None:
    os.kill(trial.facts("status")["parts"]["worker"], signal.SIGKILL)
    assert trial.facts("status", code=1)["parts"]["worker"] is None
    assert [one["code"] for one in trial.facts("doctor", code=1)["findings"]][0] == "C101"
    trial.civic("start")
    assert trial.facts("status")["ok"]


def test_logs_are_shown_by_part(trial: Trial) -> None:
    assert "Listening at" in trial.civic("logs", "web", "--lines", "500").stdout


def test_an_administrator_can_be_added_and_gets_a_link(trial: Trial) -> None:
    added = trial.facts("admin", "add", "anne@example.org", "--role", "officer")
    assert added["link"].startswith(trial.facts("status")["address"])
    refused = trial.civic("admin", "add", "nonsense", code=1)
    assert "nobody was added" in refused.stderr


def test_a_setting_is_changed_and_applied_and_a_wrong_one_changes_nothing(trial: Trial) -> None:
    before = (trial.folder / "trial.env").read_text()
    trial.civic("config", "set", "web-workers", "none", code=2)
    assert (trial.folder / "trial.env").read_text() == before
    card = trial.facts("config", "set", "site-name", "Bellerive")
    assert "Bellerive" in get(card["address"])[1]


def test_after_a_stop_a_taken_port_means_the_next_one_said_aloud(trial: Trial) -> None:
    trial.civic("stop")
    assert trial.facts("status", code=1)["parts"] == {"web": None, "worker": None}
    port = TrialFolder(trial.folder).remembered()["port"]
    with socket.create_server(("127.0.0.1", port)):
        said = trial.civic("start").stdout
    assert f"Port {port} is taken; the site uses {port + 1}." in said


def test_an_install_that_was_killed_before_its_town_was_there_begins_anew(tmp_path: Path) -> None:
    site = Trial(tmp_path / "killed")
    command = [sys.executable, "-m", "cli", "install", "--trial", "--dir", str(site.folder), "--port", "8250"]
    begun = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (site.folder / "civic.db").exists():
        assert begun.poll() is None
    begun.kill()
    begun.wait()
    site.civic("status", code=1)
    site.civic("start")
    assert site.facts("status")["ok"]
    site.civic("uninstall", "--yes")


def test_uninstalling_needs_an_agreement_and_leaves_nothing(trial: Trial) -> None:
    parts = trial.facts("status")["parts"].values()
    trial.civic("uninstall", code=2)
    assert trial.facts("status")["ok"]
    trial.civic("uninstall", "--yes")
    assert not trial.folder.exists()
    for pid in parts:
        with pytest.raises(ProcessLookupError):
            Process.of(pid)
    trial.civic("status", code=2)


def test_a_folder_that_holds_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    refused = Trial(tmp_path).civic("install", code=2)
    assert "holds other files" in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["precious"]


def test_a_folder_whose_name_no_setting_can_hold_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    Trial(tmp_path / "a b").civic("install", code=2)
    assert list(tmp_path.iterdir()) == []
