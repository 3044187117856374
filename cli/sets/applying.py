"""Settings that came with a set, made this host's own the way that `civic install` does it."""

from __future__ import annotations

from pathlib import Path

from cli import config, playbook
from cli.console import Console
from cli.errors import PreflightRefused
from cli.lifecycle import install, variables
from cli.lifecycle.go_live import RELEASES
from cli.parcel import Parcel
from cli.playbook import Play
from cli.target import Target


def apply(console: Console, given: dict[str, str], packed: Parcel) -> None:
    """Make this host serve that release with these settings.

    Raises: Failure as `civic install` does.
    """
    target = Target()
    checked = variables.check(given, config.faults_of(given))
    outcome = playbook.play(
        console, target, Play("install", variables.of_site(target, checked, given, packed), install.STEPS)
    )
    install.tell_findings(console, outcome.findings)
    if not outcome.ok:
        raise install.failure_of(outcome)


def of_release(release: str) -> Parcel:
    """A release that lies on this host, as what was brought for it."""
    return of_folder(RELEASES / release / "source", release)


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
