"""`civic upgrade`: a newer release, rehearsed, watched, and left again by itself when it fails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.target import Target
from cli.upgrade import arrival, upgrade
from cli.verb import verb


@verb
@click.argument("what", metavar="[BUNDLE|VERSION]", default="")
@click.option("--check", is_flag=True, help="Say what is new and what it will take; change nothing.")
@click.option("--host", metavar="USER@HOST", help="The site on that machine, over SSH.")
@click.option(
    "--due", is_flag=True, help="What the timer calls: a security release, within CIVIC_SECURITY_HOURS."
)
@click.option("--laid", metavar="RELEASE", hidden=True, help="It lies on this host, and this is its code.")
def command(console: Console, what: str, check: bool, host: str | None, **inner: Any) -> Mapping[str, Any]:
    """Upgrade the site. Residents notice nothing; if anything fails, the release before serves on.

    The data are backed up, the upgrade is rehearsed on a copy, the new release starts beside the old one, and everybody is
    sent over at once. In a clone without an argument, it is the clone's own code that is brought.

    \b
    Examples:
      civic upgrade --check
      civic upgrade civic-1.3.0.bundle
      ./deploy/civic upgrade --host root@participe.example.org
    """
    if inner["laid"] is not None:
        return upgrade.upgrade(console, inner["laid"])
    if inner["due"]:
        return arrival.upgrade_due(console)
    return arrival.upgrade(console, Target.named(host), what, check=check)
