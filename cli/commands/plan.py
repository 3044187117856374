"""`civic plan`: what an install would change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.bundles.bringing import Source
from cli.console import Console
from cli.lifecycle import plan
from cli.target import Target
from cli.verb import verb


@verb
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Settings, as in config.example.env."
)
@click.option("--host", metavar="USER@HOST", help="Look at that machine over SSH instead of this one.")
@click.option(
    "--bundle", metavar="FILE", type=click.Path(path_type=Path), help="The bundle that would be installed."
)
@click.option(
    "--keys",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The keys by which to check the bundle, now and later.",
)
def command(
    console: Console, config_file: Path | None, host: str | None, bundle: Path | None, keys: Path | None
) -> Mapping[str, Any]:
    """Say what civic install would change, what restarts, who notices and how long; change nothing.

    \b
    Examples:
      civic plan
      civic plan --config participe.env --host root@participe.example.org
    """
    return plan.plan(console, Target.named(host), config_file, Source(bundle, keys))
