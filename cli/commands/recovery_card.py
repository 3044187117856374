"""`civic recovery-card`: the page to keep in a safe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from app import settings
from cli.console import Console
from cli.lifecycle.journal import write_whole
from cli.sets import card
from cli.site import HostSite
from cli.verb import verb


@verb
@click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    help="Write it there, for root only, instead of showing it.",
)
def command(console: Console, path: Path | None) -> Mapping[str, Any]:
    """Show the page with which the site can be made again on a bare machine: where its sets are, the keys, the commands.

    Print it, put it into a safe, and leave no file of it. Print it again when stores or keys change.

    \b
    Examples:
      civic recovery-card
      civic recovery-card --file /root/recovery-card.txt
    """
    site = HostSite()
    site.require()
    page = card.text(settings.load(site.given()), site.version())
    if path is None:
        console.say(page)
        return {"card": page}
    write_whole(path, page, 0o600)
    console.say(f"Print {path} and put it into a safe, then: shred -u {path}")
    return {"file": str(path)}
