"""`civic mail`: what becomes of the letters that a restored site holds back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.errors import WrongUse
from cli.site import HostSite
from cli.verb import verb


@click.group("mail", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The letters that a restored site holds back until it is told.

    \b
    Examples:
      civic mail resume
      civic mail drop
    """


@command.add_command
@verb
def resume(console: Console) -> Mapping[str, Any]:
    """Send the held letters now. Some may have left already, after the set was made.

    \b
    Example:
      civic mail resume
    """
    said = _tell("resume")
    if said["all_held"]:
        raise WrongUse(
            "This site is a clone: all its mail is held, also what people write from now on.",
            "If it is to write to people: civic config set mail-held no, then: civic mail resume",
            "Nothing was sent.",
        )
    console.say(f"{said['letters']} letters are on their way.")
    return said


@command.add_command
@verb
def drop(console: Console) -> Mapping[str, Any]:
    """Never send the held letters.

    \b
    Example:
      civic mail drop
    """
    console.agree("Never send the letters that are held?")
    said = _tell("drop")
    console.say(f"{said['letters']} letters will not be sent.")
    return said


def _tell(wish: str) -> dict[str, Any]:
    site = HostSite()
    site.require()
    return site.app_commands().call(
        "mail", wish, standing="The letters are held as before.", then="civic doctor"
    )
