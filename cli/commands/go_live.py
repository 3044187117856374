"""`civic go-live`: bring a release that lies on this host live; called by `civic install`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.lifecycle import go_live
from cli.verb import verb


@verb
@click.argument("release")
@click.option("--files-sha256", default="", help="Names the settings that it is started with.")
def command(console: Console, release: str, files_sha256: str) -> Mapping[str, Any]:
    """Bring RELEASE, which lies on this host, live: migrate, start, wait until ready, switch.

    civic install calls it in a unit of its own. Cut short, it goes on where it stopped.

    \b
    Example:
      civic go-live 1.2.0
    """
    return go_live.go_live(console, release, files_sha256)


command.hidden = True
