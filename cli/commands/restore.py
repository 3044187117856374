"""`civic restore`: a set put in the place of the site's data, or of no site at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.console import Console
from cli.errors import WrongUse
from cli.sets import restore
from cli.sets.wish import DATA, PARTS, Wish
from cli.verb import verb


@verb
@click.argument("set_id", metavar="[SET]", default="")
@click.option("--store", metavar="NAME", default="", help="The store of the settings that holds it.")
@click.option(
    "--from", "where", metavar="WHERE", default="", help="Where it lies: /folder, sftp:…, s3:…, age:/folder."
)
@click.option(
    "--key-file",
    type=click.Path(path_type=Path),
    help="The recovery card's file, if this host lacks the key.",
)
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; may be given again.")
@click.option("--as-clone", is_flag=True, help="The site becomes a clone: it sends no mail at all.")
@click.option("--hostname", metavar="NAME", default="", help="The site's name from now on.")
@click.option(
    "--unsigned", is_flag=True, help="Take a set that does not show by whom it was made: you answer for it."
)
@click.option("--back", is_flag=True, help="Put back what the last restore replaced.")
@click.option("--forget", is_flag=True, help="Remove what restores replaced; it goes by itself after 7 days.")
@click.option("--here", is_flag=True, hidden=True, help="In the unit that does it.")
def command(
    console: Console, set_id: str, back: bool, forget: bool, here: bool, **how: Any
) -> Mapping[str, Any]:
    """Restore a set: its database and files, unless --only says otherwise; on a bare host, the whole site from the set alone.

    All is made ready beside the site, which serves meanwhile; then it is put in place in a few seconds. What was there is kept
    for 7 days. Letters that waited are held until: civic mail resume.

    \b
    Examples:
      civic restore latest
      civic restore 20261124T030000Z-3fa4 --only uploads
      civic restore --back
      ./deploy/civic restore latest --from sftp:vault@store.example.org:/civic --key-file card.txt
      ./deploy/civic restore latest --from /mnt/civic --key-file card.txt --hostname test.example.org --as-clone
    """
    if back or forget:
        if set_id or any(how.values()) or (back and forget):
            raise WrongUse("--back and --forget take no set and no other option.", "civic restore --back")
        return (
            restore.forget(console)
            if forget
            else (restore.go_back_here if here else restore.go_back)(console)
        )
    wish = Wish(
        set_id,
        how["store"],
        how["where"],
        str(how["key_file"].absolute()) if how["key_file"] else "",
        ",".join(how["only"] or DATA),
        how["hostname"],
        "yes" if how["as_clone"] else "",
        "yes" if how["unsigned"] else "",
    )
    return (restore.here if here else restore.restore)(console, wish)
