"""`civic segment` on a trial site."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.core.db import db
from app.factory import create_app
from app.segment_builder import service
from app.segments import rules
from app.settings import load
from cli import config
from cli.trial import settings as trial_settings
from cli.trial.folder import TrialFolder
from tests.guards.files import ROOT

RULE = {"not": {"field": "activity", "relation": "ever", "kind": "voted"}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> TrialFolder:
    """A trial site with its schema; nobody serves it."""
    made = TrialFolder(tmp_path_factory.mktemp("trial") / "site")
    made.create()
    config.write(made.env_file, trial_settings.made_up(made))
    made.app_commands().call("migrate", standing="", then="")
    return made


def civic(folder: TrialFolder, *words: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """`civic segment WORDS` for this site, which must end with `code`."""
    command = [sys.executable, "-m", "cli", "segment", *words, "--trial", "--dir", str(folder.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == code, done.stdout + done.stderr
    return done


def add(folder: Path, settings: dict[str, str]) -> None:
    """A segment, as an officer would save it."""
    site = create_app(load(settings))
    with site.app_context(), site.test_request_context("/en/"):
        service.create("shell", "Not voted", "a reminder on paper", rules.parse(RULE))
        db.session.commit()
        db.engine.dispose()


def test_segments_are_listed_and_counted(folder: TrialFolder) -> None:
    assert "There is no segment yet." in civic(folder, "list").stdout
    add(folder.path, dict(folder.settings()))
    said = civic(folder, "list").stdout
    for words in ("Not voted", "did not vote", "a reminder on paper"):
        assert words in said
    counted = json.loads(civic(folder, "count", "not VOTED", "--json").stdout)
    assert (counted["segment"], counted["version"], counted["people"]) == ("Not voted", 1, 0)
    refused = civic(folder, "count", "nobody", code=1).stderr
    assert "There is no such segment." in refused
    assert "civic segment list" in refused
