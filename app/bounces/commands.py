"""A mail server's way to hand over what came back, and the shell's to see whether it would be heard of."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from sqlalchemy.exc import OperationalError

from app.bounces import reports, round_trip, taking
from app.core.db import db

TRY_LATER = 75
"""What tells a mail server to keep the message and come again (EX_TEMPFAIL of sysexits.h)."""


@click.command("take-bounce")
@click.option("--recipient", default="", help="The address that it was delivered to.")
def take_bounce(recipient: str) -> None:
    """Take in a letter that came back, or a complaint, from the standard input. Ends with 75 while the database is away."""
    content = sys.stdin.buffer.read(reports.MOST_BYTES)
    try:
        taken = taking.take(content, recipient)
        db.session.commit()
    except OperationalError:
        raise SystemExit(TRY_LATER) from None
    click.echo(json.dumps({"taken": taken}))


@click.command("round-trip")
@click.option("--key", default="", help="Tell of the one that was begun as this; without it one is begun.")
def trip(key: str) -> None:
    """Send a letter of the site to itself, or say how far it came."""
    found = round_trip.get(key) if key else round_trip.begin()
    db.session.commit()
    click.echo(json.dumps(asdict(found)))
