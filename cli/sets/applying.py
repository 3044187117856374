"""Settings that came with a set, made this host's own the way that `civic install` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli import config, playbook
from cli.console import Console
from cli.errors import PreflightRefused
from cli.lifecycle import install, variables
from cli.lifecycle.go_live import record_live
from cli.parcel import Parcel
from cli.playbook import Play
from cli.sets.serving import Serving
from cli.site import RELEASES
from cli.target import Target


def install_with(console: Console, given: dict[str, str], packed: Parcel) -> None:
    """Make this host serve that release with these settings.

    Raises: Failure as `civic install` does.
    """
    _play(console, given, packed, goes_live=True)


def apply(console: Console, given: dict[str, str], serving: Serving) -> None:
    """Let units, proxy and timers follow these settings, and start the release that serves with them. May be done twice.

    Raises: Failure as `civic install` does.
    """
    live = _play(
        console, given, of_folder(RELEASES / serving.release / "source", serving.release), goes_live=False
    )
    serving.start()
    serving.gate()
    serving.settle()
    record_live(serving.release, str(live["files_sha256"]), serving.release)


def _play(console: Console, given: dict[str, str], packed: Parcel, *, goes_live: bool) -> dict[str, Any]:
    checked, target = variables.check(given, config.faults_of(given)), Target()
    wanted = {**variables.of_site(target, checked, given, packed), "civic_goes_live": goes_live}
    outcome = playbook.play(console, target, Play("install", wanted, install.STEPS if goes_live else ()))
    install.tell_findings(console, outcome.findings)
    if not outcome.ok:
        raise install.failure_of(outcome)
    return outcome.live


def of_folder(folder: Path, release: str) -> Parcel:
    """The parcel in a folder: a release's `source`, or the `release` of a set.

    Raises: PreflightRefused when it is none.
    """
    wheels = sorted(folder.glob("civic-*.whl"))
    if len(wheels) != 1:
        raise PreflightRefused(
            f"{folder} holds {len(wheels)} wheels, not one.", "Take another set: civic sets"
        )
    return Parcel(folder, wheels[0], release)
