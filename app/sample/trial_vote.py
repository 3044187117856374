"""Checks of an installed site that change nothing: the last one casts a complete vote and takes it back."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from flask import current_app, g, render_template
from sqlalchemy import text

from app.ballots import keeping
from app.ballots import queries as ballots
from app.ballots import service as ballot_service
from app.budgets import rules, service
from app.budgets.models import Budget, Project
from app.core import clock, schema
from app.core.db import db
from app.people import service as people
from app.processes import service as processes

Report = dict[str, object]


def run_checks() -> list[Report]:
    """Each check with its name, whether it holds, and what was found."""
    checks = (("database", _database), ("schema", _schema), ("templates", _templates), ("vote", _vote))
    return [_run(name, check) for name, check in checks]


def _run(name: str, check: Callable[[], str]) -> Report:
    try:
        return {"name": name, "ok": True, "found": check()}
    except Exception as wrong:  # whatever goes wrong is the finding
        return {"name": name, "ok": False, "found": f"{type(wrong).__name__}: {wrong}"[:500]}
    finally:
        db.session.rollback()


def _database() -> str:
    db.session.execute(text("SELECT 1"))
    return str(db.engine.dialect.name)


def _schema() -> str:
    connection = db.session.connection()
    hindrance = schema.find_hindrance(connection)
    if hindrance:
        raise RuntimeError(hindrance)
    return str(schema.current(connection))


def _templates() -> str:
    names = [name for name in current_app.jinja_env.list_templates() if name.endswith((".html", ".txt"))]
    for name in names:
        current_app.jinja_env.get_template(name)
    for lang in current_app.config["CIVIC"].languages:
        with current_app.test_request_context(f"/{lang}/", base_url=current_app.config["CIVIC"].base_url):
            g.lang = lang
            render_template("error.html", message="verify", status=500)
    return f"{len(names)} templates"


def _vote() -> str:
    """Open a budget, cast, and find the ballot in the box; all of it in one transaction that is rolled back."""
    address = f"verify-{secrets.token_hex(8)}@verify.invalid"
    person = people.ensure_person(address, "en")
    people.confirm_address(person, address)
    process = processes.create("verify", "budget", {"en": "verify"}, "EUR")
    db.session.add(
        Budget(process_id=process.id, total_cents=100, vote_type="approval", rule="greedy", meta={})
    )
    project = Project(process_id=process.id, position=0, ref="1", title={"en": "verify"}, cost_cents=100)
    db.session.add(project)
    now = clock.now()
    processes.set_dates("verify", process, now - timedelta(hours=1), now + timedelta(hours=1))
    processes.publish("verify", process)
    key = secrets.token_bytes(32)
    made = service.cast(process.slug, person.id, lambda _: rules.Choices((project.id,)), key)
    keeping.empty_hopper(process.id)
    counts = ballots.count(process.id)
    if not counts.agree or made.receipt is None or not ballots.has_ballot(process.id, made.receipt):
        raise RuntimeError(f"the ballot is not in the box: {counts}")
    if ballot_service.find_confirmation(process.id, person.id, key) is None:
        raise RuntimeError("there is no confirmation")
    return "cast, found in the box, taken back"
