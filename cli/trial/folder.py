"""The folder of a trial site: what lies where, and the one process at a time that may change it."""

from __future__ import annotations

import fcntl
import json
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli import config, run
from cli.app_commands import AppCommands
from cli.errors import Failure, WrongUse

PARTS = ("web", "worker")
MARK = "trial.json"


def default_path() -> Path:
    """Where a trial site lies when nobody says otherwise (XDG state folder).

    Raises: WrongUse when this user has no home.
    """
    state = run.environment("XDG_STATE_HOME")
    home = run.environment("HOME")
    if not state and not home:
        raise WrongUse("This user has no home folder (HOME is empty).", "civic install --trial --dir FOLDER")
    return (Path(state) if state.startswith("/") else Path(home) / ".local/state") / "civic/trial"


class TrialFolder:
    """Paths of one trial site, and what it remembers of itself."""

    def __init__(self, path: Path | None) -> None:
        self.is_default = path is None
        self.path = (path or default_path()).absolute()
        self.env_file = self.path / "trial.env"
        self.database = self.path / "civic.db"
        self.uploads = self.path / "uploads"
        self.logs = self.path / "log"

    def log(self, part: str) -> Path:
        """The log of a part: "web" or "worker"."""
        return self.logs / f"{part}.log"

    def record(self, part: str) -> Path:
        """Where the process of a part is recorded."""
        return self.path / f"{part}.process"

    def words(self, verb: str) -> str:
        """The command that does `verb` with this very site."""
        return f"civic {verb} --trial" + ("" if self.is_default else f" --dir {shlex.quote(str(self.path))}")

    def exists(self) -> bool:
        """Whether a trial site lies here, be it unfinished."""
        return (self.path / MARK).is_file()

    def require(self) -> None:
        """Refuse to go on without a site.

        Raises: WrongUse.
        """
        if not self.exists():
            raise WrongUse(f"There is no trial site in {self.path}.", self.words("install"))

    def create(self) -> None:
        """Make the folder, for this user's eyes only.

        Raises: WrongUse when something else lies there; Failure when it cannot be made.
        """
        if not self.exists() and self.path.is_dir() and any(self.path.iterdir()):
            raise WrongUse(
                f"{self.path} holds other files.", "Name an empty folder: civic install --trial --dir FOLDER"
            )
        try:
            for folder in (self.path, self.uploads, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)  # an empty folder may have been there, open to all
            if not self.exists():
                self.remember({})
        except OSError as error:
            raise Failure(
                f"{self.path} cannot be made: {error.strerror}",
                "Nothing runs.",
                "civic install --trial --dir FOLDER",
            ) from None

    def remembered(self) -> dict[str, Any]:
        """What the site remembers: its address, the people of the sample town."""
        try:
            found: dict[str, Any] = json.loads((self.path / MARK).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found

    def remember(self, facts: Mapping[str, Any]) -> None:
        """Replace what the site remembers, all at once."""
        beside = self.path / f"{MARK}.new"
        beside.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(self.path / MARK)

    def settings(self) -> dict[str, str]:
        """The site's settings."""
        return config.read(self.env_file)

    def app_commands(self) -> AppCommands:
        """Its app, with the settings that it has now."""
        return AppCommands.of_this_copy(self.settings(), self.path)

    def forget_data(self) -> None:
        """Delete an unfinished site's data; its folder and logs stay."""
        for name in ("civic.db", "civic.db-wal", "civic.db-shm"):
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(self.uploads, ignore_errors=True)
        self.uploads.mkdir(mode=0o700)

    def delete(self) -> None:
        """Delete the site with all its data."""
        shutil.rmtree(self.path)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the site: a second civic waits for the first to end (or to be killed)."""
        with (self.path / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
