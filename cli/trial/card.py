"""What a person is told about a trial site: the plan before, the addresses and the people after."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from cli.console import Console
from cli.trial.folder import TrialFolder

ROLES = ("officer", "resident")
"""The people of the sample town who are offered to a visitor."""


def mails_url(folder: TrialFolder) -> str:
    """The page of the local mail box, which only a trial site has."""
    language = folder.settings()["CIVIC_LANGUAGES"].partition(",")[0]
    return f"{folder.remembered().get('url', '')}/{language}/mailbox"


def show_plan(console: Console, folder: TrialFolder, listen: str) -> None:
    """Say what will be done, and that it can all be undone."""
    lines = [
        f"a site with an invented town, all of it in {folder.path}",
        "an embedded database (SQLite), a web part and a worker, run by this user; no root, no systemd",
        f"it answers on {listen}"
        + (" only" if listen.startswith("127.") else ", to whoever can reach that address"),
        f"nothing else on this machine is changed; {folder.words('uninstall')} removes everything",
    ]
    console.plan("A trial site, in about a minute:", lines)


def show(console: Console, folder: TrialFolder) -> dict[str, Any]:
    """Print the addresses, who can sign in and the next commands; returns them as facts."""
    remembered = folder.remembered()
    url = remembered["url"]
    people = {role: _at(url, remembered["town"][role]) for role in ROLES}
    mails = mails_url(folder)
    rows = [("Site", url), ("Mails it sent", mails)]
    for role, person in people.items():
        rows.append((f"Sign in as {role}", f"{person['email']}\n{person['link']}"))
    console.say()
    console.heading("The trial site runs.")
    console.table([*rows, ("Data", str(folder.path))])
    console.say(
        "  A link signs in once; after that, ask for a code with the address and read it on the mails page."
    )
    console.next_commands(
        [
            (folder.words("status"), "how it is"),
            (folder.words("logs"), "what it says"),
            (folder.words("stop"), "stop it, keep its data"),
            (folder.words("uninstall"), "remove it"),
        ]
    )
    return {"address": url, "mails": mails, **people, "folder": str(folder.path)}


def _at(url: str, person: dict[str, str]) -> dict[str, str]:
    """The person with a link to where the site answers now; the link was drawn before the port was known."""
    return {**person, "link": url + urlsplit(person["link"]).path}
