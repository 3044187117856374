"""`civic segment`: the described parts of the people, and how many they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.trial.folder import TrialFolder
from cli.trial.options import app_of, trial_options
from cli.verb import verb

STANDING = "Nothing was changed."


@click.group("segment", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """The segments that officers have described.

    \b
    Examples:
      civic segment list
      civic segment count 'Women 16 to 25'
    """


@command.add_command
@verb
@trial_options
@click.argument("name")
def count(console: Console, trial: TrialFolder | None, name: str) -> Mapping[str, Any]:
    """Count the people in the segment NAME, now and in its latest version.

    \b
    Example:
      civic segment count 'Women 16 to 25' --json
    """
    said = app_of(trial).call(
        "segment-count", "--", name, standing=STANDING, then="See the segments: civic segment list"
    )
    console.say(f"{said['segment']}, version {said['version']}: {said['people']} people.")
    if said["without_account"] is not None:
        console.say(
            f"{said['without_account']} more on the census lists have no account; the rule holds for them."
        )
    return said


@verb
@trial_options
def list_(console: Console, trial: TrialFolder | None) -> Mapping[str, Any]:
    """Show the segments: what they are called, and whom each means.

    \b
    Example:
      civic segment list
    """
    said = app_of(trial).call("segment-list", standing=STANDING, then="civic doctor")
    for one in said["segments"]:
        console.heading(one["segment"])
        rows = [("Who", one["rule"]), ("What for", one["purpose"]), ("Version", str(one["version"]))]
        console.table(rows)
    if not said["segments"]:
        console.say("There is no segment yet. Officers make them in the back office, under Segments.")
    return said


command.add_command(list_, "list")
