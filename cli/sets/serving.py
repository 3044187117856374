"""The site that serves, stopped for the moment in which its data are exchanged, and started again by the end of every install."""

from __future__ import annotations

from dataclasses import dataclass

from cli.lifecycle.go_live import WORKER, GoLive, align, systemctl, web_unit
from cli.site import HostSite


@dataclass(frozen=True)
class Serving:
    """The release that serves."""

    site: HostSite
    release: str

    def stop(self) -> None:
        """Nothing reads or writes the data any more, nor after a reboot: what is half exchanged must not serve."""
        for unit in (WORKER, web_unit(self.release)):
            systemctl("disable", "--quiet", "--now", unit)

    def serve_again(self) -> None:
        """As before. A site that did not start before either is left to its doctor."""
        align(self.release)
        systemctl("restart", web_unit(self.release), check=False)
        systemctl("enable", "--quiet", WORKER)
        systemctl("restart", WORKER, check=False)

    def migrate(self) -> None:
        """Bring the data that are in place to the release's schema."""
        self._way().migrate()

    def start(self) -> None:
        """The release on the data that are in place; the worker is not started yet."""
        align(self.release)
        self._way().start()

    def halt(self) -> None:
        """It serves nobody."""
        self._way().stop()

    def gate(self) -> None:
        """It says that it is ready."""
        self._way().gate()

    def settle(self) -> None:
        """Its worker."""
        self._way().settle()

    def _way(self) -> GoLive:
        return GoLive(self.site, self.release, self.release)
