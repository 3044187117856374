"""Another pepper for the census: the site gets the new one beside the old, its hashes are made anew, then the old one goes.

Each of the three may be cut short: what the settings hold, and how the lists stand to it, says where to go on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from app import settings
from cli.app_commands import AppCommands
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import install
from cli.site import HostSite
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import app_of

PEPPER = settings.env_name("census_pepper")
AGAIN = "The same command again: it goes on where it stopped."
STANDING = "Each list is wholly of the old pepper or of the new one, and the site knows both."
LOST = (
    "Bring back the secrets that belong to this database: civic restore --only database --only secrets\n"
    "If they are lost for good: civic census rotate-pepper --lost"
)


def rotate(console: Console, trial: TrialFolder | None, app: AppCommands) -> Mapping[str, Any]:
    """Put another pepper in the place of the one that the site has. Raises: Failure, when a list's pepper is lost."""
    stands = app.call("census-peppers", standing="Nothing was changed.", then="civic doctor")
    if stands["lost"]:
        names = ", ".join(stands["lost"])
        raise Failure(f"No pepper of this site opens the keys of: {names}.", "Nothing was changed.", LOST)
    held = _held(trial)
    goes_on = bool(held) and (len(held) > 1 or bool(stands["left"]))
    if not goes_on:
        console.agree("Draw another pepper, and make the hashes of all census lists anew with it?")
        held = [secrets.token_urlsafe(48), *held]
        _hold(console, trial, held)
        app = app_of(trial)  # anew: it carries the settings that it was made with
    with console.step("Make the hashes of all lists anew"):
        done = app.call("census-renew", standing=STANDING, then=AGAIN)
    if len(held) > 1:
        _hold(console, trial, held[:1])
    rows = sum(done["rows"].values())
    console.say(
        f"Hashes were made anew in {rows} rows of {len(done['rows'])} lists. The old pepper is needed no more."
    )
    console.next_commands([("civic backup", "make a set that carries the new pepper")])
    return {"rows": rows, "lists": len(done["rows"]), "went_on": goes_on}


def give_up(console: Console, app: AppCommands) -> Mapping[str, Any]:
    """Go on without a pepper that is lost: the lists that need it are known by nobody until their file comes anew."""
    stands = app.call("census-peppers", standing="Nothing was changed.", then="civic doctor")
    if not stands["lost"]:
        console.say("No pepper is lost. Nothing was changed.")
        return {"given_up": []}
    console.agree(
        f"Give up the keys of {', '.join(stands['lost'])}, so that nobody on them is known until the next import?"
    )
    app.call("census-renew", "--lost", standing="Nothing was changed.", then="civic doctor")
    console.next_commands(
        [("civic census import FILE", "bring each file in anew"), ("civic doctor", "see how the site is")]
    )
    return {"given_up": stands["lost"]}


def _held(trial: TrialFolder | None) -> list[str]:
    given = HostSite().given() if trial is None else trial.settings()
    return [one.strip() for one in given.get(PEPPER, "").split(",") if one.strip()]


def _hold(console: Console, trial: TrialFolder | None, peppers: list[str]) -> None:
    if trial is None:
        install.change(console, PEPPER, ",".join(peppers))
    else:
        life.change_setting(console, trial, PEPPER, ",".join(peppers))
