"""The site's commands as real processes: `python -m app VERB` with the environment of a site."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from app import settings as site_settings
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def environment(settings: Settings, **more: str) -> dict[str, str]:
    """The environment in which a process of this site runs."""
    given = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **more}
    for declaration in site_settings.declared():
        value = getattr(settings, declaration.name)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        elif isinstance(value, tuple):
            value = ",".join(value)
        given[site_settings.env_name(declaration.name)] = str(value)
    return given


def call(settings: Settings, *words: str) -> tuple[int, dict[str, Any]]:
    """Run a verb to its end: its exit code and the JSON that it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


class Worker:
    """A worker process."""

    def __init__(self, settings: Settings, **more: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "worker"],
            env=environment(settings, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def kill(self) -> None:
        """kill -9: nothing is tidied up."""
        self.process.kill()
        self.process.communicate()

    def stop(self) -> tuple[int, str]:
        """SIGTERM; the exit code and what it wrote."""
        self.process.send_signal(signal.SIGTERM)
        output, _ = self.process.communicate(timeout=30)
        return self.process.returncode, output.decode()
