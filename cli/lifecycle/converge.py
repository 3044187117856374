"""The state of this host as the release that this command belongs to wants it, without changing which release serves."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cli import parcel, playbook
from cli.console import Console
from cli.lifecycle import install, variables
from cli.playbook import Play
from cli.site import HostSite
from cli.target import Target


def converge(console: Console) -> str:
    """Packages, settings, units, proxy, timers. Returns the hash of the files that a release is started with (see `go_live`).

    Raises: Failure as `civic install` does.
    """
    given = HostSite().given()
    checked = variables.check(given, [])
    target = Target()
    with tempfile.TemporaryDirectory(prefix="civic-parcel-") as folder:
        packed = parcel.pack(Path(folder))
        wanted = {**variables.of_site(target, checked, given, packed), "civic_goes_live": False}
        outcome = playbook.play(console, target, Play("install", wanted, ()))
    if not outcome.ok:
        raise install.failure_of(outcome)
    return str(outcome.live["files_sha256"])
