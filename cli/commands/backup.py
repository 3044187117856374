"""`civic backup`: make a backup set and bring it into its stores."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.sets import backup
from cli.verb import verb


@verb
@click.option(
    "--store", "stores", multiple=True, metavar="NAME", help="Only into this store; may be given again."
)
@click.option("--due", is_flag=True, help="Only into the stores whose time has come; the timer says so.")
def command(console: Console, stores: tuple[str, ...], due: bool) -> Mapping[str, Any]:
    """Make a set of the site now (database, files, settings, secrets, release) and store it; the site serves meanwhile.

    Only a drill shows that a set can be restored: civic drill. Where sets go is the setting backup_stores.

    \b
    Examples:
      civic backup
      civic backup --store vault --json
    """
    return backup.backup(console, stores, due)
