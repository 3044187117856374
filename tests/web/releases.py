"""Other releases of the site for tests: this one's code with migrations added, run by its own commands on a real database."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import app as site
from app.core import schema
from app.settings import Settings
from tests.web.site_process import environment

HEAD = """revision = "{number}"
down_revision = "{before}"
import sqlalchemy as sa
from alembic import op
"""


def make_release(folder: Path, *migrations: str) -> Path:
    """A copy of the app with these migrations after its own: each the text of its functions."""
    shutil.copytree(
        Path(site.__path__[0]), folder / "app", ignore=shutil.ignore_patterns("node_modules", "__pycache__")
    )
    before = schema.head()
    for place, functions in enumerate(migrations, int(before) + 1):
        number = f"{place:04}"
        text = HEAD.format(number=number, before=before) + functions
        (folder / "app/migrations" / f"{number}_next.py").write_text(text, encoding="utf-8")
        before = number
    return folder


def run_command(release: Path, settings: Settings, *words: str, code: int = 0) -> dict[str, Any]:
    """One of a release's own commands and its answer; the exit code must be `code`."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        cwd=release, env=environment(settings, PYTHONPATH=str(release)), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout + done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
