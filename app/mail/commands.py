"""The shell's way to the outbox, and a mail server's way back."""

from __future__ import annotations

import json
import sys

import click
from sqlalchemy.exc import OperationalError

from app.core.db import db
from app.mail import bounces, held, reports

TRY_LATER = 75
"""What tells a mail server to keep the message and come again (EX_TEMPFAIL of sysexits.h)."""


@click.command()
@click.argument("wish", type=click.Choice(["hold", "resume", "drop"]))
def mail(wish: str) -> None:
    """Hold the letters that have not left yet, send those that are held after all, or never send them; say how many."""
    letters = {"hold": held.hold, "resume": held.resume, "drop": held.drop}[wish]()
    db.session.commit()
    click.echo(json.dumps({"letters": letters, "all_held": held.is_all_held()}))


@click.command("take-bounce")
@click.option("--recipient", default="", help="The address that it was delivered to.")
def take_bounce(recipient: str) -> None:
    """Take in a letter that came back, or a complaint, from the standard input. Ends with 75 while the database is away."""
    content = sys.stdin.buffer.read(reports.MOST_BYTES)
    try:
        taken = bounces.take(content, recipient)
        db.session.commit()
    except OperationalError:
        raise SystemExit(TRY_LATER) from None
    click.echo(json.dumps({"taken": taken}))
