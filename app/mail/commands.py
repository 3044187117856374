"""The shell's way to the outbox."""

from __future__ import annotations

import json

import click

from app.core.db import db
from app.mail import held


@click.command()
@click.argument("wish", type=click.Choice(["hold", "resume", "drop"]))
def mail(wish: str) -> None:
    """Hold the letters that have not left yet, send those that are held after all, or never send them; say how many."""
    letters = {"hold": held.hold, "resume": held.resume, "drop": held.drop}[wish]()
    db.session.commit()
    click.echo(json.dumps({"letters": letters, "all_held": held.is_all_held()}))
