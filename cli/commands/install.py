"""`civic install`: from nothing to a site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.console import Console
from cli.errors import WrongUse
from cli.verb import verb


@verb
@click.option(
    "--trial", is_flag=True, help="A trial site on this machine: no root, no systemd, a sample town."
)
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), help="With --trial: the folder of its data."
)
@click.option("--port", type=click.IntRange(1, 65535), help="With --trial: the port to try first (8000).")
@click.option(
    "--listen", default="127.0.0.1", show_default=True, help="With --trial: the address to answer on."
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Settings, as in config.example.env."
)
@click.option("--host", help="USER@HOST: install over SSH on that machine instead of this one.")
def command(console: Console, trial: bool, **given: Any) -> Mapping[str, Any] | None:
    """Install a site: on trial here, on this machine, or on another over SSH.

    \b
    Examples:
      civic install --trial
      civic install --config participe.env
      civic install --config participe.env --host root@participe.example.org
    """
    raise WrongUse("This release cannot install yet.", "civic --help")
