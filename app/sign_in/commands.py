"""The shell's way to make the first administrator, and into a trial site."""

from __future__ import annotations

import json

import click
from flask import current_app

from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.people.errors import NoSuchPerson
from app.sign_in import factors, staff


@click.command("admin-add")
@click.argument("email")
@click.option("--role", type=click.Choice(["administrator", "officer"]), default="administrator")
def admin_add(email: str, role: str) -> None:
    """Make EMAIL an administrator or officer and print the one-time link that sets the second factor up."""
    language = current_app.config["CIVIC"].languages[0]
    url, ends_at = staff.appoint(email, Role[role.upper()], language, "shell")
    db.session.commit()
    click.echo(json.dumps({"email": email, "link": url, "expires_at": ends_at.isoformat()}))


@click.command("trial-link")
@click.argument("email")
def trial_link(email: str) -> None:
    """Print a one-time link that signs EMAIL in completely (trial sites only)."""
    person = people.find_person_by_email(email)
    if person is None or not current_app.config["CIVIC"].trial:
        raise NoSuchPerson
    url, ends_at = factors.draw_link(person, "trial")
    db.session.commit()
    click.echo(json.dumps({"email": email, "link": url, "expires_at": ends_at.isoformat()}))
