"""The shell's way to the sample town, and to one complete vote that leaves no trace."""

from __future__ import annotations

import json

import click
from flask import current_app

from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.sample import town, trial_vote
from app.sign_in import factors


@click.command("sample-town")
def sample_town() -> None:
    """Fill an empty site with an invented town and print two links that sign in (trial sites: completely)."""
    made = town.build()
    kind = "trial" if current_app.config["CIVIC"].trial else "set_up"
    links = {}
    for part, address, role in (
        ("officer", made.officer, Role.OFFICER),
        ("resident", made.resident, Role.RESIDENT),
    ):
        person = people.find_person_by_email(address)
        assert person is not None
        people.grant_role(person, role, "shell")
        links[part] = {"email": address, "link": factors.draw_link(person, kind)[0]}
    db.session.commit()
    click.echo(json.dumps({**links, "town": made.name}))


@click.command()
def verify() -> None:
    """Check database, schema and templates, and cast a vote that is taken back; exit 1 if anything fails."""
    checks = trial_vote.run_checks()
    is_ok = all(check["ok"] for check in checks)
    click.echo(json.dumps({"ok": is_ok, "checks": checks}))
    if not is_ok:
        raise SystemExit(1)
