"""A mail server's way to hand over what came back."""

from __future__ import annotations

import json
import sys

import click
from sqlalchemy.exc import OperationalError

from app.bounces import reports, taking
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
