"""`civic install`: from nothing to a site."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.bundles.bringing import Source
from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import install
from cli.target import Target
from cli.trial import life
from cli.trial.folder import TrialFolder
from cli.trial.options import trial_options
from cli.verb import verb


@verb
@trial_options
@click.option(
    "--port", type=click.IntRange(0, 65535), help="With --trial: the port to try first; 8000 at first."
)
@click.option("--listen", metavar="IP", help="With --trial: the address to answer on; 127.0.0.1 at first.")
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="Settings, as in config.example.env."
)
@click.option("--host", metavar="USER@HOST", help="Install over SSH on that machine instead of this one.")
@click.option(
    "--bundle",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A bundle to install from: no network is needed.",
)
@click.option(
    "--keys",
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="The keys by which to check the bundle, now and later.",
)
def command(
    console: Console, trial: TrialFolder | None, port: int | None, listen: str | None, **site: Any
) -> Mapping[str, Any]:
    """Install a site: on trial here, on this machine, or on another over SSH.

    \b
    Examples:
      civic install --trial
      civic install --trial --listen 0.0.0.0 --port 8080
      civic install --config participe.env
      civic install --config participe.env --host root@participe.example.org
      civic install --config participe.env --bundle civic-1.2.0.bundle
    """
    if trial is not None:
        if any(site.values()):
            raise WrongUse(
                "A trial site takes none of --config, --host, --bundle and --keys.", "civic install --trial"
            )
        return life.install(console, trial, life.Wish(listen, port))
    if port is not None or listen is not None:
        raise WrongUse("--port and --listen belong to --trial.", "civic install --trial")
    source = Source(site["bundle"], site["keys"])
    return install.install(console, Target.named(site["host"]), site["config_file"], source)
