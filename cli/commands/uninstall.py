"""`civic uninstall`: take a site away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import uninstall
from cli.target import Target
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@verb
@trial_options
@click.option("--host", metavar="USER@HOST", help="The site on that machine, over SSH.")
@click.option("--with-data", is_flag=True, help="Delete its data too; asks for the site's name.")
@click.option("--confirm", metavar="NAME", help="The site's name, instead of typing it.")
def command(
    console: Console, trial: TrialFolder | None, host: str | None, with_data: bool, confirm: str | None
) -> Mapping[str, Any]:
    """Remove a site. Its data stays unless you say --with-data; a trial site goes with all its data.

    \b
    Examples:
      civic uninstall
      civic uninstall --with-data --host root@participe.example.org
      civic uninstall --trial
    """
    if trial is not None:
        if host or with_data or confirm:
            raise WrongUse("A trial site goes as a whole.", "civic uninstall --trial")
        return life.uninstall(console, trial)
    return uninstall.uninstall(console, Target.named(host), with_data, confirm)
