"""The first administrator's one-time link, drawn once in the life of a site."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cli.console import Console
from cli.lifecycle.journal import write_whole
from cli.site import OPS, HostSite

MARK = OPS / "welcomed.json"


def welcome(console: Console) -> Mapping[str, Any]:
    """The link, the address and its end; nothing when it was drawn before (civic admin add draws another)."""
    site = HostSite()
    site.require()
    if MARK.is_file():
        return {}
    email = site.given()["CIVIC_ADMIN_EMAIL"]
    made = site.app_commands().call(
        "admin-add",
        email,
        standing="The site serves, without an administrator.",
        then=f"civic admin add {email}",
    )
    write_whole(MARK, json.dumps({"email": email}) + "\n", 0o600)
    console.hand_over(made["link"])
    return made
