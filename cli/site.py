"""A site installed on this host: where its files lie, and how to call its app as the site itself would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app import settings
from cli import config
from cli.app_commands import AppCommands
from cli.errors import WrongUse

CURRENT = Path("/opt/civic/current")
ENV_FILE = Path("/etc/civic/civic.env")
CREDENTIALS = Path("/etc/civic/credentials")
STATE = Path("/var/lib/civic")
OPS = STATE / "ops"
RELEASES = Path("/opt/civic/releases")
LIVE_SOCKET = Path("/run/civic/live.sock")
USER = "civic"


@dataclass(frozen=True)
class HostSite:
    """The site of this host; `root` is "/" but in tests."""

    root: Path = Path("/")

    def path(self, absolute: Path) -> Path:
        """Where `absolute` lies under this root."""
        return self.root / absolute.relative_to("/")

    def exists(self) -> bool:
        """Whether a release is laid down here."""
        return self.path(CURRENT).is_symlink()

    def require(self) -> None:
        """Refuse to go on without a site.

        Raises: WrongUse.
        """
        if not self.exists():
            raise WrongUse(
                "No site is installed on this host.",
                "Install one: civic install. For a trial site, add --trial.",
            )

    def version(self) -> str:
        """The version of the release that is live."""
        return self.path(CURRENT).resolve().name

    def given(self) -> dict[str, str]:
        """The settings of this host, secrets with them, as a config file would give them."""
        given = config.read(self.path(ENV_FILE))
        for file in self._credentials():
            given[file.name] = file.read_text(encoding="utf-8")
        return given

    def app_commands(self, release: Path = CURRENT, longest_seconds: int = 0) -> AppCommands:
        """A release's app, the live one's unless told: as the site's user, with its settings and credentials, in a unit.

        One that takes longer than `longest_seconds` (0: no limit) is ended: a database may hang.
        """
        properties = [
            f"User={USER}",
            f"EnvironmentFile={ENV_FILE}",
            f"WorkingDirectory={STATE}",
            "UMask=0077",
        ]
        properties += [
            f"LoadCredential={file.name}:{CREDENTIALS / file.name}"
            for file in self._credentials()
            if file.name not in settings.root_only()
        ]
        if longest_seconds:
            properties.append(f"RuntimeMaxSec={longest_seconds}")
        unit = [
            "systemd-run",
            "--quiet",
            "--pipe",
            "--wait",
            "--collect",
            *(f"--property={one}" for one in properties),
        ]
        return AppCommands((*unit, release / "venv/bin/python"), {}, Path("/"))

    def _credentials(self) -> list[Path]:
        """The secrets that this release knows; those of a later one lie beside them after its upgrade was undone."""
        files = [self.path(CREDENTIALS) / settings.env_name(one.name) for one in settings.declared()]
        return sorted(file for file in files if file.is_file())
