"""The shell's way into the site that needs no feature: bring the schema up to date, say whether it is."""

from __future__ import annotations

import json

import click
from flask import current_app

from app.core import held, schema
from app.core import worker as the_worker
from app.core.db import db


@click.command()
@click.option("--to", "target", default="head", help="Revision to stop at.")
def migrate(target: str) -> None:
    """Bring the database to the schema of this release."""
    before, after = schema.migrate(target)
    click.echo(json.dumps({"from": before, "to": after}))


@click.command()
def ready() -> None:
    """Say whether the database has the schema of this release; exit 1 if not."""
    with db.engine.connect() as connection:
        stands = schema.current(connection)
    click.echo(json.dumps({"ready": stands == schema.head(), "schema": stands, "wanted": schema.head()}))
    if stands != schema.head():
        raise SystemExit(1)


@click.command()
def worker() -> None:
    """Deliver letters and do the other work in the background, until told to stop (SIGTERM)."""
    site = current_app._get_current_object()  # type: ignore[attr-defined]
    the_worker.run(site, site.extensions["civic.jobs"])


@click.command()
@click.argument("wish", type=click.Choice(["hold", "resume", "drop"]))
def mail(wish: str) -> None:
    """Hold the letters that have not left yet, send those that are held after all, or never send them; say how many."""
    letters = {"hold": held.hold, "resume": held.resume, "drop": held.drop}[wish]()
    db.session.commit()
    click.echo(json.dumps({"letters": letters, "all_held": held.is_all_held()}))
