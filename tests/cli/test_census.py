"""`civic census` on a trial site: add, compare, import, undo; each refusal says what stands and what to do next."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from cli import config
from cli.trial import settings as trial_settings
from cli.trial.folder import TrialFolder
from tests.guards.files import ROOT
from tests.long import LONG
from tests.web.rolls import file_of, row, town

MANY = 60_000 if LONG else 12_000
"""So many stand on a list while something is killed: long enough to be met in the middle."""
WORDS = ("add", "Roll", "--source", "register", "--basis", "Decision 12/2026", "--keep-until", "2199-01-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> TrialFolder:
    """A trial site with its schema, and nobody who serves it; the tests of this module are its life, in order."""
    made = TrialFolder(tmp_path_factory.mktemp("trial") / "site")
    made.create()
    config.write(made.env_file, trial_settings.made_up(made))
    made.app_commands().call("migrate", standing="", then="")
    return made


def civic(
    folder: TrialFolder, *words: str, code: int = 0, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """`civic census WORDS` for this site, which must end with `code`."""
    command = [sys.executable, "-m", "cli", "census", *words, "--trial", "--dir", str(folder.path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, input=stdin, env=os.environ
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def test_before_there_is_a_list_the_import_names_the_way_to_one(folder: TrialFolder, tmp_path: Path) -> None:
    (tmp_path / "roll.csv").write_bytes(town(4))
    said = civic(folder, "import", str(tmp_path / "roll.csv"), code=1).stderr
    assert "There is no such census list." in said
    assert "civic census lists" in said
    assert "civic census add NAME" in civic(folder, "lists").stdout


def test_a_list_is_added_once(folder: TrialFolder) -> None:
    civic(folder, *WORDS)
    refused = civic(folder, *WORDS, code=1).stderr
    assert "A list has this name already." in refused
    assert "No list was added." in refused


def test_a_dry_run_tells_everything_and_changes_nothing(folder: TrialFolder, tmp_path: Path) -> None:
    rows = [row(1), row(2, sex="?"), row(3), row(4)]
    (tmp_path / "roll.csv").write_bytes(file_of(*rows).decode().encode("cp1252"))
    done = civic(folder, "import", str(tmp_path / "roll.csv"), "--dry-run")
    for words in ("Windows-1252", "Señorío", "Line 3: sex", "Added             3", "Nothing was changed."):
        assert words in done.stdout, done.stdout
    assert "accents" in done.stderr
    assert json.loads(civic(folder, "lists", "--json").stdout)["lists"][0]["entries"] == 0


def test_streets_without_a_district_are_told(folder: TrialFolder, tmp_path: Path) -> None:
    with_addresses = file_of(f"{row(1, district='')};2 rue Neuve", f"{row(2, district='')};4 rue Neuve")
    (tmp_path / "roll.csv").write_bytes(with_addresses.replace(b"language\n", b"language;address\n", 1))
    done = civic(folder, "import", str(tmp_path / "roll.csv"), "--dry-run").stdout
    assert "No district by the table of streets: 2" in done, done
    assert "  rue neuve: 2" in done


def test_an_import_needs_an_agreement_and_a_tenth_gone_its_number(
    folder: TrialFolder, tmp_path: Path
) -> None:
    roll, less = tmp_path / "roll.csv", tmp_path / "less.csv"
    roll.write_bytes(town(40))
    less.write_bytes(town(30))
    assert "--yes" in civic(folder, "import", str(roll), code=2).stderr
    said = json.loads(civic(folder, "import", str(roll), "--yes", "--json").stdout)
    assert (said["added"], said["applied"]) == (40, True)
    again = json.loads(civic(folder, "import", str(roll), "--yes", "--json").stdout)
    assert (again["added"], again["changed"], again["ended"]) == (0, 0, 0)
    refused = civic(folder, "import", str(less), "--yes", code=2).stderr
    assert "--gone 10" in refused
    assert "The list is as it was." in refused
    civic(folder, "import", str(less), "--gone", "10")
    assert json.loads(civic(folder, "lists", "--json").stdout)["lists"][0]["entries"] == 30


def test_an_import_is_undone(folder: TrialFolder) -> None:
    assert "--yes" in civic(folder, "undo", code=2).stderr
    assert "40 people" in civic(folder, "undo", "--yes").stdout


def test_a_file_that_cannot_be_read_is_refused(folder: TrialFolder, tmp_path: Path) -> None:
    (tmp_path / "cut.csv").write_bytes(town(40)[:-12])
    said = civic(folder, "import", str(tmp_path / "cut.csv"), "--yes", code=1).stderr
    assert "The file ends in the middle of line 41" in said
    civic(folder, "import", str(tmp_path / "none.csv"), code=2)


def test_columns_are_named_by_the_operator(folder: TrialFolder, tmp_path: Path) -> None:
    file = tmp_path / "roll.csv"
    file.write_bytes(town(40).replace(b"number;family name", b"Carnet;Linaje", 1))
    refused = civic(folder, "import", str(file), "--dry-run", code=1).stderr
    assert "number, family" in refused
    assert "Carnet" in refused
    columns = ("--column", "number=Carnet", "--column", "family=Linaje")
    said = json.loads(civic(folder, "import", str(file), *columns, "--dry-run", "--json").stdout)
    assert said["columns"]["family"] == ["Linaje"]
    assert "FIELD=HEADER" in civic(folder, "import", str(file), "--column", "nonsense", code=1).stderr


def test_an_import_that_is_killed_midway_leaves_the_list_as_it_was_and_the_next_one_works(
    folder: TrialFolder, tmp_path: Path
) -> None:
    before = json.loads(civic(folder, "lists", "--json").stdout)["lists"][0]["entries"]
    roll = tmp_path / "roll.csv"
    roll.write_bytes(town(MANY))
    command = [
        sys.executable,
        "-m",
        "cli",
        "census",
        "import",
        str(roll),
        "--yes",
        "--trial",
        "--dir",
        str(folder.path),
    ]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ,
        start_new_session=True,
    ) as killed:
        wait_for_rows(folder)
        os.killpg(killed.pid, signal.SIGKILL)
    assert staged(folder) > 0
    assert json.loads(civic(folder, "lists", "--json").stdout)["lists"][0]["entries"] == before
    said = json.loads(civic(folder, "import", str(roll), "--yes", "--json").stdout)
    assert said["standing"] == before
    assert said["added"] == MANY - before
    assert json.loads(civic(folder, "lists", "--json").stdout)["lists"][0]["entries"] == MANY


def staged(folder: TrialFolder) -> int:
    """Rows that wait beside the list."""
    path = make_url(folder.settings()["CIVIC_DATABASE_URL"]).database or ""
    with closing(sqlite3.connect(path, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM census_staged").fetchone()[0])


def wait_for_rows(folder: TrialFolder) -> None:
    """Until the first batch is there."""
    until = time.monotonic() + 60
    while not staged(folder):
        assert time.monotonic() < until, "nothing was staged"
        time.sleep(0.02)


def peppers(folder: TrialFolder) -> list[str]:
    """What the settings of the site hold."""
    return [one for one in folder.settings().get("CIVIC_CENSUS_PEPPER", "").split(",") if one]


def test_another_pepper_is_drawn_and_the_same_file_changes_nothing(
    folder: TrialFolder, tmp_path: Path
) -> None:
    (tmp_path / "roll.csv").write_bytes(town(MANY))
    assert "--yes" in civic(folder, "rotate-pepper", code=2).stderr
    assert peppers(folder) == []
    said = json.loads(civic(folder, "rotate-pepper", "--yes", "--json").stdout.splitlines()[-1])
    assert (said["went_on"], said["lists"]) == (False, 1)
    assert said["rows"] >= MANY
    (first,) = peppers(folder)
    civic(folder, "rotate-pepper", "--yes")
    assert len(peppers(folder)) == 1
    assert first not in peppers(folder)
    again = json.loads(civic(folder, "import", str(tmp_path / "roll.csv"), "--yes", "--json").stdout)
    assert (again["added"], again["changed"], again["ended"]) == (0, 0, 0)


def test_a_rotation_that_is_killed_goes_on_with_the_pepper_that_it_drew(
    folder: TrialFolder, tmp_path: Path
) -> None:
    (old,) = peppers(folder)
    words = ("census", "rotate-pepper", "--yes", "--trial", "--dir", str(folder.path))
    with subprocess.Popen(
        [sys.executable, "-m", "cli", *words], cwd=ROOT, env=os.environ, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as killed:  # fmt: skip
        until = time.monotonic() + 60
        while len(peppers(folder)) < 2:
            assert time.monotonic() < until, "no pepper was drawn"
            time.sleep(0.02)
        os.killpg(killed.pid, signal.SIGKILL)
    new, kept = peppers(folder)
    assert kept == old
    said = json.loads(civic(folder, "rotate-pepper", "--yes", "--json").stdout.splitlines()[-1])
    assert said["went_on"] is True
    assert peppers(folder) == [new]
    (tmp_path / "roll.csv").write_bytes(town(MANY))
    again = json.loads(civic(folder, "import", str(tmp_path / "roll.csv"), "--yes", "--json").stdout)
    assert (again["added"], again["changed"], again["ended"]) == (0, 0, 0)


def test_a_pepper_that_is_gone_is_named_and_can_be_given_up(folder: TrialFolder, tmp_path: Path) -> None:
    settings = folder.settings()
    del settings["CIVIC_CENSUS_PEPPER"]
    config.write(folder.env_file, settings)
    said = civic(folder, "rotate-pepper", "--yes", code=1).stderr
    assert "No pepper of this site opens the keys of: Roll" in said
    assert "civic census rotate-pepper --lost" in said
    civic(folder, "rotate-pepper", "--lost", "--yes")
    assert "nobody on this list is known again" in civic(folder, "lists").stderr
    assert "No pepper is lost" in civic(folder, "rotate-pepper", "--lost", "--yes").stdout
