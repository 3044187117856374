"""What the activity log learns from the pages: the kind of thing and the day, once; nothing that lies beside a ballot (A37)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.people.engagement import KINDS
from app.people.models import Activity
from app.processes import queries as processes
from tests.web.callers import sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import token, token_of
from tests.web.towns import open_budget, project_ids

pytestmark = pytest.mark.both_databases


def logged(app: Flask) -> set[tuple[str, int]]:
    """Kinds and processes of all rows; every one of them is of today."""
    with app.app_context():
        rows = db.session.execute(select(Activity.kind, Activity.process_id, Activity.on)).all()
    assert {row.on for row in rows} <= {clock.now().date()}
    assert len(rows) == len({(row.kind, row.process_id) for row in rows})
    return {(row.kind, row.process_id) for row in rows}


def vote(client: FlaskClient, slug: str, fields: dict[str, object]) -> None:
    """Confirm a ballot."""
    assert client.post(f"/en/budgets/{slug}/ballot/confirm", data=fields).status_code == 303


def test_a_resident_on_the_way_to_a_vote_leaves_each_kind_once(app: Flask) -> None:
    slug = open_budget(app)
    with app.app_context():
        number = processes.get_process(slug).id
    client = make_client(app)
    sign_in(app, client, "ana@example.org")
    assert logged(app) == {("registered", 0), ("signed_in", 0)}
    ballot = f"/en/budgets/{slug}/ballot"
    html = page(client.get(ballot))
    fields: dict[str, object] = {"project": project_ids(app, slug)["7"], "csrf_token": token(html)}
    for _ in range(3):
        assert client.post(f"{ballot}/draft", data=fields).status_code == 204
    assert ("began", number) in logged(app)
    vote(client, slug, fields)
    everything = {("registered", 0), ("signed_in", 0), ("began", number), ("voted", number)}
    assert logged(app) == everything
    client.post(f"{ballot}/draft", data=fields)
    sign_in(app, make_client(app), "ana@example.org")
    assert logged(app) == everything
    assert {kind for kind, _ in everything} == set(KINDS)


def test_who_has_voted_begins_no_more_ballots(app: Flask) -> None:
    slug = open_budget(app)
    client = make_client(app)
    sign_in(app, client, "ana@example.org")
    html = page(client.get(f"/en/budgets/{slug}/ballot"))
    fields: dict[str, object] = {"project": project_ids(app, slug)["7"], "csrf_token": token(html)}
    vote(client, slug, fields)
    assert client.post(f"/en/budgets/{slug}/ballot/draft", data=fields).status_code == 204
    assert {kind for kind, _ in logged(app)} == {"registered", "signed_in", "voted"}


def test_the_log_has_no_number_and_no_hour(app: Flask) -> None:
    with app.app_context():
        columns = {
            column["name"]: str(column["type"]) for column in inspect(db.engine).get_columns("activities")
        }
    assert set(columns) == {"person_id", "kind", "process_id", "on"}
    assert columns["on"] == "DATE"


def test_the_most_engaged_come_first(app: Flask) -> None:
    first, second = open_budget(app), open_budget(app)
    for name, slugs in (("once", [first]), ("never", []), ("twice", [first, second])):
        client = make_client(app)
        sign_in(app, client, f"{name}@example.org")
        for slug in slugs:
            fields = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
            vote(client, slug, fields)
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    shown = page(officer.get("/en/office/people/most-engaged"))
    assert shown.index("twice@example.org") < shown.index("once@example.org")
    assert "never@example.org" not in shown
