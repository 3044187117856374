"""How a release gets onto a host: from a clone, a bundle or a channel. It is laid down beside the others, then takes over."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli import parcel, playbook
from cli.console import Console
from cli.lifecycle import install
from cli.lifecycle.hand_over import hand_over
from cli.parcel import Parcel
from cli.playbook import Play, PlaybookStep
from cli.target import Target

UNIT = "civic-upgrade.service"
STEPS = (PlaybookStep("release", "Lay the release down", 30),)


def upgrade(console: Console, target: Target, what: str, *, check: bool) -> Mapping[str, Any]:
    """Bring what the operator named to `target` and hand over to it."""
    console.log_in(install.logs_folder(), "upgrade")
    target.require(console)
    with tempfile.TemporaryDirectory(prefix="civic-parcel-") as folder:
        packed = parcel.pack(Path(folder))
        console.agree(f"Upgrade the site on {target.name} to {packed.release}?")
        lay_down(console, target, packed)
    civic = f"/opt/civic/releases/{packed.release}/venv/bin/civic"
    done = hand_over(console, target, UNIT, [civic, "upgrade", "--laid", packed.release])
    _summary(console, done)
    return done


def _summary(console: Console, done: Mapping[str, Any]) -> None:
    if done["changed"]:
        console.heading(f"Release {done['release']} serves.")
        console.next_commands(
            [
                ("civic status", "how the site is"),
                ("civic rollback", f"back to {done['before']}; within a second for a quarter of an hour"),
            ]
        )


def lay_down(console: Console, target: Target, packed: Parcel) -> None:
    """Its folder on the host, complete; nothing runs from it yet.

    Raises: Failure as Ansible tells it.
    """
    wanted = {
        "civic_become": target.becomes,
        "civic_release": packed.release,
        "civic_source": str(packed.folder),
        "civic_wheel_name": packed.wheel.name,
        "civic_wheel_sha256": packed.wheel_sha256,
    }
    outcome = playbook.play(console, target, Play("release", wanted, STEPS))
    if not outcome.ok:
        raise install.failure_of(outcome)
