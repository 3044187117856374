"""`civic alert`: what the care timer and failed units call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.care import alert
from cli.console import Console
from cli.verb import verb


@verb
@click.option("--unit", metavar="UNIT", help="The unit that has just failed.")
def command(console: Console, unit: str | None) -> Mapping[str, Any]:
    """Look at the site and tell the administrator by mail what is new; each finding once, grave ones again every day.

    The timer civic-care calls it every five minutes, and systemd when a unit of the site fails.

    \b
    Example:
      civic alert
    """
    return alert.alert(console, unit)


command.hidden = True
