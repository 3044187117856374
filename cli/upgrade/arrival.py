"""How a release gets onto a host: from a clone, a bundle or a channel. It is laid down beside the others, then takes over."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.settings import Settings
from cli import assets, clock, playbook
from cli.bundles import bringing, channel, trust, verify
from cli.bundles.bringing import Source
from cli.bundles.opening import unpack
from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import install, variables
from cli.lifecycle.hand_over import hand_over
from cli.parcel import Parcel
from cli.playbook import Play, PlaybookStep
from cli.site import HostSite
from cli.target import Target
from cli.upgrade import outlook

UNIT = "civic-upgrade.service"
STEPS = (PlaybookStep("release", "Lay the release down", 30),)


def upgrade(console: Console, target: Target, what: str, *, check: bool) -> Mapping[str, Any]:
    """Bring what the operator named to `target` and hand over to it; with `check` only say what that would mean.

    Raises: WrongUse, BundleRefused, Failure as `cli.upgrade.upgrade` does.
    """
    console.log_in(install.logs_folder(), "upgrade")
    target.require(console)
    with tempfile.TemporaryDirectory(prefix="civic-parcel-") as folder:
        packed = _bring(console, target, what, Path(folder))
        ahead = outlook.look(target, packed)
        outlook.tell(console, target, ahead)
        if check or not ahead.is_newer:
            return ahead.facts()
        console.agree(f"Upgrade {target.name} to {packed.release}?")
        lay_down(console, target, packed)
    civic = f"/opt/civic/releases/{packed.release}/venv/bin/civic"
    done = hand_over(console, target, UNIT, [civic, "upgrade", "--laid", packed.release])
    _summary(console, done)
    return done


def upgrade_due(console: Console) -> Mapping[str, Any]:
    """What a timer calls: the newest of the security channel, within the hours that the council gives to that."""
    checked: Settings = variables.check(HostSite().given(), [])
    now = clock.now().astimezone(ZoneInfo(checked.time_zone)).strftime("%H:%M")
    if not is_within(checked.security_hours, now):
        console.say("This is not the hour of security releases.")
        return {"changed": False}
    offer = channel.find_newest(replace(checked, update_channel="security"))
    if offer is None or offer.counter <= bringing.look(Target()).machine.newest:
        console.say("There is no newer security release.")
        return {"changed": False}
    with tempfile.TemporaryDirectory(prefix="civic-bundle-") as folder:
        return upgrade(console, Target(), str(channel.fetch(offer, Path(folder))), check=False)


def is_within(hours: str, now: str) -> bool:
    """Whether a time of day (`14:30`) lies in a span of hours (`22:00-05:00`); never in an empty one."""
    first, _, last = hours.partition("-")
    return bool(hours) and (first <= now < last if first < last else now >= first or now < last)


def lay_down(console: Console, target: Target, packed: Parcel) -> None:
    """Its folder on the host, complete; nothing runs from it yet.

    Raises: Failure as Ansible tells it.
    """
    outcome = playbook.play(console, target, Play("release", variables.of_release(target, packed), STEPS))
    if not outcome.ok:
        raise install.failure_of(outcome)


def _bring(console: Console, target: Target, what: str, folder: Path) -> Parcel:
    """What was named: nothing in a clone is the clone's own code; else a bundle's file, a version, or the channel's newest."""
    if not what and assets.clone() is not None:
        return bringing.bring(console, target, Source(), folder)
    there = bringing.look(target)
    file = Path(what) if what and Path(what).is_file() else _fetch(console, target, what, folder)
    verified = verify.verify(file, there.pinned or trust.own_keys(), there.machine.newest)
    return unpack(verified, folder, there.machine)


def _fetch(console: Console, target: Target, version: str, folder: Path) -> Path:
    if not target.is_local:
        raise WrongUse(
            "Over SSH an upgrade needs a bundle's file.", f"civic upgrade FILE --host {target.host}"
        )
    checked: Settings = variables.check(HostSite().given(), [])
    offer = channel.find_newest(checked)
    if offer is None:
        raise WrongUse(
            f"{version or 'A newer release'} is neither a file here, nor does CIVIC_UPDATES name a source.",
            "civic upgrade FILE, or: civic config set CIVIC_UPDATES FOLDER-OR-ADDRESS",
        )
    if version not in ("", offer.version, offer.release):
        raise WrongUse(
            f"The channel {checked.update_channel} offers {offer.version}, not {version}.",
            "civic upgrade, or name the file of a bundle.",
        )
    console.say(f"Fetching {offer.bundle}, {offer.size / 2**20:.0f} MB")
    return channel.fetch(offer, folder)


def _summary(console: Console, done: Mapping[str, Any]) -> None:
    if done["changed"]:
        console.heading(f"Release {done['release']} serves.")
        console.next_commands(
            [
                ("civic status", "how the site is"),
                ("civic rollback", f"back to {done['before']}; within a second for a quarter of an hour"),
            ]
        )
