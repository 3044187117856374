"""`civic drill`: the proof that a set can be restored."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.console import Console
from cli.sets import drills
from cli.sets.find import Where
from cli.verb import verb


@verb
@click.argument("set_id", metavar="[SET]", default="latest")
@click.option(
    "--store", metavar="NAME", default="", help="Only of this store; otherwise of each whose key is here."
)
@click.option(
    "--key-file", type=click.Path(path_type=Path), help="The key of an age: store, which no host keeps."
)
@click.option(
    "--unsigned", is_flag=True, help="Take a set that does not show by whom it was made: you answer for it."
)
def command(
    console: Console, set_id: str, store: str, key_file: Path | None, unsigned: bool
) -> Mapping[str, Any]:
    """Fetch SET back from where it lies (the newest, if none is named), restore it beside the site, boot its release on it,
    compare every table and file, sign in; then leave nothing of it. A timer does it every night.

    \b
    Examples:
      civic drill
      civic drill 20261124T030000Z-3fa4 --store vault
    """
    where = Where(store, key_file=str(key_file.absolute()) if key_file else "")
    return drills.drill_all(console, set_id, where, unsigned=unsigned)
