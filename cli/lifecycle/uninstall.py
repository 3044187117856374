"""Uninstall, from the operator's side: what goes, what stays, and a typed word before data goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app import settings
from cli import playbook
from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import install, variables
from cli.playbook import Play, PlaybookStep
from cli.site import ENV_FILE, HostSite
from cli.target import Target

STEPS = (PlaybookStep("remove", "Take the site away", 15),)
DATA = "the database, the uploaded files, the backups on this host, the settings and their secrets"


def uninstall(console: Console, target: Target, with_data: bool, confirm: str | None) -> Mapping[str, Any]:
    """Take the site away from `target`; its data stays, unless `with_data` and the site's name is typed or given.

    Raises: WrongUse when there is no site, or the name is another one.
    """
    console.log_in(install.logs_folder(), "uninstall")
    target.require(console)
    given = _settings_of(target)
    hostname = given.get("CIVIC_HOSTNAME", "")
    goes = f"the programs and their settings{f', and {DATA}' if with_data else ''}"
    stays = "nothing" if with_data else DATA
    console.plan(f"Uninstall {hostname} from {target.name}", [f"goes: {goes}", f"stays: {stays}"])
    console.agree("Go on?")
    if with_data:
        typed = confirm or (
            console.ask(f"Type {hostname} to delete its data for ever: ").strip() if console.can_ask() else ""
        )
        if typed != hostname:
            raise WrongUse(
                "The site's name was not confirmed.", f"civic uninstall --with-data --confirm {hostname}"
            )
    uploads = {one.name: one.metadata["default"] for one in settings.declared()}["uploads_dir"]
    outcome = playbook.play(
        console,
        target,
        Play(
            "uninstall",
            {
                "civic_become": target.becomes,
                "civic_with_data": with_data,
                "civic_uploads_dir": given.get("CIVIC_UPLOADS_DIR", uploads),
                "civic_record_of_packages": variables.RECORD_OF_PACKAGES,
            },
            STEPS,
        ),
    )
    if not outcome.ok:
        raise install.failure_of(outcome)
    console.say(f"{hostname} is gone. What stays: {stays}.")
    return {"hostname": hostname, "with_data": with_data, "changed": outcome.changed}


def _settings_of(target: Target) -> dict[str, str]:
    if target.is_local:
        if not HostSite().path(ENV_FILE).is_file():
            HostSite().require()
        return HostSite().given() if HostSite().path(ENV_FILE).is_file() else {}
    shown = target.call("cat", str(ENV_FILE))
    if not shown.ok:
        raise WrongUse(f"No site is installed on {target.host}.", "civic status")
    return dict(
        line.partition("=")[::2]
        for line in shown.out.replace('"', "").splitlines()
        if line.startswith("CIVIC_")
    )
