"""`civic start --trial`: start a trial site again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import require_trial, trial_options
from cli.verb import verb


@verb
@trial_options
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port to try first; the last one used otherwise."
)
@click.option("--listen", metavar="IP", help="The address to answer on; the last one used otherwise.")
def command(
    console: Console, trial: TrialFolder | None, port: int | None, listen: str | None
) -> Mapping[str, Any]:
    """Start a trial site again: after a stop, a reboot or a crash. Does nothing when it runs.

    \b
    Example:
      civic start --trial
    """
    site = require_trial(trial, "start", "A real site is started by systemd.")
    return life.start(console, site, life.Wish(listen, port))
