"""`civic admin add EMAIL`: let somebody into the back office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.trial.folder import TrialFolder
from cli.trial.options import app_of, trial_options
from cli.verb import verb

STANDING = "The site is as it was; nobody was added."


@click.group("admin", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The people who run a site.

    \b
    Example:
      civic admin add mairie@example.org
    """


@command.add_command
@verb
@trial_options
@click.argument("email")
@click.option(
    "--role", type=click.Choice(["administrator", "officer"]), default="administrator", show_default=True
)
def add(console: Console, trial: TrialFolder | None, email: str, role: str) -> Mapping[str, Any]:
    """Add an administrator or officer and print the link by which they sign in the first time.

    \b
    Examples:
      civic admin add mairie@example.org
      civic admin add --role officer anne@example.org --trial
    """
    then = "civic doctor" if trial is None else trial.words("status")
    added = app_of(trial).call("admin-add", email, "--role", role, standing=STANDING, then=then)
    console.say(f"{added['email']} is {role} now. The link signs in once, until {added['expires_at']}:")
    console.hand_over(f"  {added['link']}")
    return added
