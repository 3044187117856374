"""`civic sets`: the backup sets that there are, and which of them were proved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from cli.console import Console
from cli.sets import listing
from cli.verb import verb


@verb
@click.option(
    "--store", "stores", multiple=True, metavar="NAME", help="Only of this store; may be given again."
)
def command(console: Console, stores: tuple[str, ...]) -> Mapping[str, Any]:
    """List the sets of each store with age, size and what the last drill found. Looks into the stores; changes nothing.

    \b
    Examples:
      civic sets
      civic sets --store vault
    """
    return listing.list_sets(console, stores)
