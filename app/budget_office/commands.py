"""The shell's way to import a budget."""

from __future__ import annotations

import json
from pathlib import Path

import click

from app.budget_office import importing
from app.core.db import db


@click.command("import-pb")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--title", default="", help="Title; without it, it is made from the file.")
def import_pb(file: Path, title: str) -> None:
    """Import FILE (Pabulib's .pb) as a draft process with its projects; the ballots in it are not cast."""
    with file.open("rb") as stream:
        process = importing.import_file("shell", stream, title)
    db.session.commit()
    click.echo(json.dumps({"process": process.slug, "id": process.id}))
