"""The shell's way into the site that needs no feature: bring the schema up to date, say whether it is."""

from __future__ import annotations

import json
import sys

import click
from flask import current_app

from app.core import fingerprint as the_fingerprint
from app.core import hindrances, schema
from app.core import worker as the_worker
from app.core.db import db


@click.command()
@click.option("--to", "target", default="head", help="Revision to stop at.")
def migrate(target: str) -> None:
    """Bring the database to the schema of this release, which the release before can go on with."""
    from app.core import migrating  # alembic: 14 MB that no other process of the site needs

    done = migrating.migrate(target)
    said = {"from": done.before, "to": done.after, "seconds": done.seconds, "locked": done.locked}
    click.echo(json.dumps(said))


@click.command()
@click.option("--known-to", required=True, help="Revision that the release before wanted.")
def contract(known_to: str) -> None:
    """Take away what neither this release nor the one before needs."""
    from app.core import migrating

    click.echo(json.dumps({"contracted": migrating.contract(known_to)}))


@click.command()
def ready() -> None:
    """Say whether this release can use the database; exit 1 if not."""
    with db.engine.connect() as connection:
        stands, hindrance = schema.current(connection), schema.find_hindrance(connection)
    said = {"ready": hindrance is None, "schema": stands, "wanted": schema.head(), "why": hindrance}
    click.echo(json.dumps(said))
    if hindrance is not None:
        raise SystemExit(1)


@click.command()
def worker() -> None:
    """Deliver letters and do the other work in the background, until told to stop (SIGTERM)."""
    site = current_app._get_current_object()  # type: ignore[attr-defined]
    hindrances.refuse_to_start(site)
    the_worker.run(site, site.extensions["civic.jobs"])


@click.command()
@click.option("--hold", is_flag=True, help="Name the snapshot first, and hold it until the input ends.")
def fingerprint(hold: bool) -> None:
    """Say what the rows of each table come to, whatever their order."""
    with the_fingerprint.hold(db.engine) as view:
        stands = {"schema": view.schema, "postgresql_major": view.postgresql_major}
        if hold:
            click.echo(json.dumps({"snapshot": view.snapshot, **stands}))
            sys.stdout.flush()
        click.echo(json.dumps({**stands, "tables": view.tables()}))
        sys.stdout.flush()
        if hold:
            sys.stdin.read()


SCHEMA = (contract, fingerprint, migrate, ready)
"""What needs the database alone."""
