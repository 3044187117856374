"""A site installed on this host: where its files lie, and how to call its app as the site itself would."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cli.app_commands import AppCommands
from cli.errors import WrongUse

CURRENT = Path("/opt/civic/current")
ENV_FILE = Path("/etc/civic/civic.env")
CREDENTIALS = Path("/etc/civic/credentials")
STATE = Path("/var/lib/civic")
LOGS = Path("/var/log/civic")
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

    def app_commands(self) -> AppCommands:
        """The live release's app, as the site's user, with its settings and credentials, in a unit of its own."""
        secrets = sorted(self.path(CREDENTIALS).iterdir()) if self.path(CREDENTIALS).is_dir() else []
        properties = [
            f"User={USER}",
            f"EnvironmentFile={ENV_FILE}",
            f"WorkingDirectory={STATE}",
            "UMask=0077",
        ]
        properties += [f"LoadCredential={file.name}:{CREDENTIALS / file.name}" for file in secrets]
        unit = [
            "systemd-run",
            "--quiet",
            "--pipe",
            "--wait",
            "--collect",
            *(f"--property={one}" for one in properties),
        ]
        return AppCommands((*unit, CURRENT / "venv/bin/python"), {}, Path("/"))
