"""A release on trial: one that lies on this host, on a private socket, against a scratch database, cut off from the world.

No worker runs and there is no network, so no letter leaves; uploads are read-only, so the live site's may be shown to it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app import settings
from cli import assets, config, run
from cli.app_commands import AppCommands
from cli.errors import Failure
from cli.lifecycle import ask
from cli.lifecycle.ask import Answer
from cli.lifecycle.go_live import last_lines, systemctl
from cli.lifecycle.journal import write_whole
from cli.site import CREDENTIALS, ENV_FILE, USER

READY_SECONDS = 90
LONGEST_SECONDS = 3600
DATABASE_URL = "CIVIC_DATABASE_URL"


@dataclass(frozen=True)
class ScratchSite:
    """What is put together: a release's folder, a database's address, uploads, settings (civic.env) and secrets (one a file)."""

    name: str
    release: Path
    database_url: str
    uploads: Path
    env_file: Path = ENV_FILE
    secrets: Path = CREDENTIALS

    @property
    def socket(self) -> Path:
        """Where it answers, to root and the site's user only."""
        return Path(f"/run/civic-scratch-{self.name}/web.sock")

    @property
    def hostname(self) -> str:
        """The name that it listens to."""
        given = config.read(self.env_file)
        public = urlsplit(given.get("CIVIC_PUBLIC_URL", "")).hostname
        return public or given.get("CIVIC_HOSTNAME", "localhost")

    def app_commands(self) -> AppCommands:
        """`python -m app VERB` of the release on these data, cut off as well; `take_away` when done."""
        self._write_own_settings()
        unit = ("systemd-run", "--quiet", "--pipe", "--wait", "--collect", *self._properties())
        return AppCommands((*unit, self.release / "venv/bin/python"), {}, Path("/"))

    @contextmanager
    def boot(self) -> Iterator[ScratchSite]:
        """Start it and wait until it is ready; it is gone afterwards, whatever happened.

        Raises: Failure with what it said last.
        """
        self.take_away()
        self._write_own_settings()
        try:
            self._start()
            self._wait()
            yield self
        finally:
            self.take_away()

    def get(self, page: str) -> Answer:
        """A page of it, as its proxy would ask."""
        return ask.over_socket(self.socket, page, self.hostname)

    def take_away(self) -> None:
        """Stop it; nothing of it is left."""
        take_away(self.name)

    def _start(self) -> None:
        gunicorn = self.release / "venv/bin/gunicorn"
        unit = ("systemd-run", "--quiet", f"--unit={_unit(self.name)}", *self._properties())
        own = (
            "Type=notify",
            "NotifyAccess=main",
            f"RuntimeDirectory={self.socket.parent.name}",
            "RuntimeDirectoryMode=0700",
            f"RuntimeMaxSec={LONGEST_SECONDS}",
            f"TimeoutStartSec={READY_SECONDS}",
            "KillMode=mixed",
            "SystemCallFilter=chown lchown fchown fchownat",
        )
        words = ("--config", "python:app.gunicorn_settings", "--bind", f"unix:{self.socket}", "app.wsgi:app")
        done = run.capture([*unit, *(f"--property={one}" for one in own), gunicorn, *words])
        if not done.ok:
            raise self._failure("does not start", last_lines(_unit(self.name)) or done.last_words)

    def _wait(self) -> None:
        ends = time.monotonic() + READY_SECONDS
        while (answer := self.get("/readyz")).status != 200:
            if time.monotonic() > ends:
                raise self._failure(
                    "does not become ready",
                    f"{answer.status} {answer.text[:300]}\n{last_lines(_unit(self.name))}",
                )
            time.sleep(0.1)

    def _properties(self) -> list[str]:
        shown = config.read(self.env_file).get("CIVIC_UPLOADS_DIR") or _default("uploads_dir")
        lines = assets.path_of("deploy/systemd/sandbox.j2").read_text(encoding="utf-8").splitlines()
        secrets = [
            f"LoadCredential={file.name}:{file}"
            for file in sorted(self.secrets.iterdir())
            if file.name != DATABASE_URL
        ]
        own = (
            f"User={USER}",
            f"Group={USER}",
            "WorkingDirectory=/",
            f"EnvironmentFile={self.env_file}",
            f"EnvironmentFile={_own_settings(self.name)}",
            f"BindReadOnlyPaths={self.uploads}:{shown}",
            "PrivateNetwork=yes",
            "IPAddressDeny=any",
            "RestrictAddressFamilies=AF_UNIX",
            "MemoryMax=700M",
            "TasksMax=200",
        )
        return [f"--property={one}" for one in (*own, *secrets, *lines)]

    def _write_own_settings(self) -> None:
        """What differs from the given settings; a later file of a unit's environment counts more."""
        own = {DATABASE_URL: self.database_url, "CIVIC_WEB_WORKERS": "1"}
        text = "".join(f'{name}="{value}"\n' for name, value in own.items())
        write_whole(_own_settings(self.name), text, 0o600)

    def _failure(self, what: str, said: str) -> Failure:
        failed = f"Release {self.release.name} {what} on the scratch database.\n{said}"
        return Failure(failed, "The site serves as before.", "civic logs, then run the same command again.")


def take_away(name: str) -> None:
    """Stop a scratch site, also one that a killed run left behind."""
    systemctl("stop", _unit(name), check=False)
    systemctl("reset-failed", _unit(name), check=False)
    _own_settings(name).unlink(missing_ok=True)


def _unit(name: str) -> str:
    return f"civic-scratch-{name}.service"


def _own_settings(name: str) -> Path:
    return Path(f"/run/civic-scratch-{name}.env")


def _default(name: str) -> str:
    return next(str(one.metadata["default"]) for one in settings.declared() if one.name == name)
