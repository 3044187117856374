"""`civic maintenance on|off`: let the site be read only, for a while."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import run
from cli.care import maintenance
from cli.console import Console
from cli.errors import WrongUse
from cli.site import STATE, HostSite
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@click.group("maintenance", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """A site that can be read and takes no forms, until an hour.

    \b
    Example:
      civic maintenance on --for 2h --reason 'new disk'
    """


@command.add_command
@verb
@trial_options
@click.option(
    "--for",
    "span",
    default=maintenance.USUAL,
    show_default=True,
    metavar="TIME",
    help="45m, 2h, 1h30m; a day at most.",
)
@click.option("--reason", default="", metavar="TEXT", help="Why; officers read it on the system page.")
@click.option("--by", metavar="NAME", help="Who answers for it; you, unless told.")
def on(
    console: Console, trial: TrialFolder | None, span: str, reason: str, by: str | None
) -> Mapping[str, Any]:
    """Let the site be read only. It passes by itself at its end, whatever happens to you.

    Pages can be read and staff can sign in. A form is answered with a page that says until when and keeps what was
    typed. The worker delivers letters and rests otherwise: votes are closed and counted afterwards.

    \b
    Examples:
      civic maintenance on --for 2h --reason 'new disk'
      civic maintenance on --for 30m --by 'county, M. Ruiz'
    """
    owner = by or run.environment("SUDO_USER") or getpass.getuser()
    return maintenance.begin(console, _folder(trial), owner, reason, maintenance.span_of(span))


@command.add_command
@verb
@trial_options
def off(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Take forms again.

    \b
    Example:
      civic maintenance off
    """
    return maintenance.end(console, _folder(trial))


def _folder(trial: TrialFolder | None) -> Path:
    if trial is not None:
        trial.require()
        return trial.path
    HostSite().require()
    if not run.is_root():
        raise WrongUse("Maintenance of a real site is for root.", "Run the same command with sudo.")
    return STATE
