"""`civic config`: look at settings before they do harm, and change one."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli import config
from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import install
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@click.group("config", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The settings of a site.

    \b
    Examples:
      civic config check participe.env
      civic config set smtp-port 465
    """


@command.add_command
@verb
@click.argument("file", type=click.Path(path_type=Path))
def check(console: Console, file: Path) -> Mapping[str, Any]:
    """Check a config file as the installer would, all faults at once; changes nothing.

    \b
    Example:
      civic config check participe.env
    """
    faults = config.faults_of(config.read(file))
    if faults:
        raise WrongUse("\n".join(faults), f"Correct {file}, then: civic config check {file}")
    console.say(f"{file} is in order.")
    console.next_commands([(f"civic install --config {file}", "install with it")])
    return {"file": str(file), "faults": []}


@command.add_command
@verb
@trial_options
@click.argument("name")
@click.argument("value", required=False)
def set(console: Console, trial: TrialFolder | None, name: str, value: str | None) -> Mapping[str, Any]:
    """Change one setting of a site and apply it; a wrong value is refused and changes nothing.

    A secret is asked for, or read as one line from the standard input: the command line can be read by everybody on the machine.

    \b
    Examples:
      civic config set smtp-port 465
      civic config set smtp-password
      openssl rand -base64 48 | civic config set ballot-key --yes
      civic config set CIVIC_SITE_NAME "Valclair participe" --trial
    """
    known = config.known_name(name)
    wanted = _secret(console, known, value) if config.is_secret(known) else value
    if wanted is None:
        raise WrongUse(f"The value of {known} is missing.", f"civic config set {known} VALUE")
    if trial is None:
        return install.change(console, known, wanted)
    return life.change_setting(console, trial, known, wanted)


def _secret(console: Console, name: str, value: str | None) -> str:
    """The value of a secret; on the command line nothing but the empty one.

    Raises: WrongUse.
    """
    if value == "":
        return value
    again = f"civic config set {name}, and type it; or as one line: … | civic config set {name} --yes"
    if value is not None:
        raise WrongUse(
            f"{name} is a secret, and stood on a command line: others on this machine and the shell's history may have it.",
            f"Take another one if it is in use. {again}",
        )
    typed = console.ask(f"{name}: ", hidden=True) if sys.stdin.isatty() else sys.stdin.readline()
    if not typed.strip():
        raise WrongUse(f"The value of {name} is missing.", again)
    return typed.strip()
