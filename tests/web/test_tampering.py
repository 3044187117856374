"""A32-A34: what a voter could send by hand, too late, twice or fifty times at once; refused with a reason, nothing recorded."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.ballots import queries as ballots
from app.ballots.models import HopperBallot, RollEntry
from app.ballots.rules import Counts
from app.budgets import queries as budgets
from app.budgets import service
from app.core import clock
from app.core.db import db
from app.processes import queries as processes
from app.processes import service as process_service
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.towns import open_budget, project_ids

POINTS = {
    "vote_type": "cumulative",
    "max_points": "3",
    "max_sum_points": "7",
    "min_length": "",
    "max_length": "",
}
RANKS = {"vote_type": "ordinal", "min_length": "2", "max_length": "3"}
KNAPSACK = {"max_sum_cost": "700", "max_length": ""}


def confirm(client: FlaskClient, slug: str, **fields: object) -> TestResponse:
    """Send the confirmation form with these fields, whatever the pages would have sent."""
    home = page(client.get("/en/"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', home)
    assert token
    return client.post(f"/en/budgets/{slug}/ballot/confirm", data={"csrf_token": token[1], **fields})


def check_refused(app: Flask, slug: str, answer: TestResponse, code: str) -> None:
    """The answer names the reason, and nothing was recorded."""
    assert f"Reason: {code}" in page(answer, answer.status_code)
    assert answer.status_code in (409, 422)
    with app.app_context():
        assert ballots.count(processes.get_process(slug).id) == Counts(0, 0, 0)


def test_fifty_confirmations_at_once_are_one_vote_and_fifty_equal_pages(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    client = signed_in(app, "a@example.org")
    home = page(client.get(f"/en/budgets/{slug}/ballot"))
    token = re.search(r'name="csrf_token" value="([^"]+)"', home)
    assert token
    cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in client._cookies.values())
    shown: list[str] = []

    def run() -> None:
        browser = app.test_client(use_cookies=False)
        base = app.config["CIVIC"].base_url
        data = {"csrf_token": token[1], "project": [str(ids["7"])]}
        headers = {"Cookie": cookies}
        sent = browser.post(f"/en/budgets/{slug}/ballot/confirm", data=data, headers=headers, base_url=base)
        assert sent.status_code == 303, sent.get_data(as_text=True)
        shown.append(page(browser.get(sent.headers["Location"], headers=headers, base_url=base)))

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shown) == 50
    assert len(set(shown)) == 1
    assert re.search(r"([0-9A-Z]{4}-){4}[0-9A-Z]{4}", shown[0]), "every page shows the receipt"
    with app.app_context():
        assert db.session.query(RollEntry).count() == 1
        assert db.session.query(HopperBallot).count() == 1


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({}, "nothing-chosen"),
        ({"project": ["7", "7"]}, "duplicate"),
        ({"project": ["7", "12", "31", "44"]}, "too-many"),
        ({"project": ["-1"]}, "not-a-number"),
        ({"project": ["1e3"]}, "not-a-number"),
        ({"project": ["NaN"]}, "not-a-number"),
        ({"project": ["９"]}, "not-a-number"),
        ({"project": ["999999999"]}, "unknown-project"),
        ({"project": ["9" * 400]}, "not-a-number"),
    ],
)
def test_a_tampered_approval_ballot_is_refused(app: Flask, sent: dict[str, list[str]], code: str) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    mapped = {name: [str(ids.get(value, value)) for value in values] for name, values in sent.items()}
    check_refused(app, slug, confirm(signed_in(app, "a@example.org"), slug, **mapped), code)


@pytest.mark.parametrize(
    ("meta", "sent", "code"),
    [
        (POINTS, {"points-7": "4"}, "points-each"),
        (POINTS, {"points-7": "3", "points-12": "3", "points-31": "3"}, "points-sum"),
        (POINTS, {"points-7": "-2"}, "not-a-number"),
        (POINTS, {"points-7": "2.5"}, "not-a-number"),
        (POINTS, {"points-7": "99999999999999999999"}, "not-a-number"),
        (POINTS, {"points-7": ["1", "2"]}, "duplicate"),
        (POINTS, {"points-7": "0"}, "nothing-chosen"),
        (RANKS, {"rank-7": "1"}, "too-few"),
        (RANKS, {"rank-7": "1", "rank-12": "1"}, "place-twice"),
        (RANKS, {"rank-7": "1", "rank-12": "3"}, "place-gap"),
        (RANKS, {"rank-7": "1", "rank-12": "2", "rank-31": "3", "rank-44": "4"}, "too-many"),
        (KNAPSACK, {"project": ["31", "44"]}, "over-budget"),
        ({"vote_type": "choose-1", "min_length": "", "max_length": ""}, {"project": ["7", "12"]}, "one-only"),
    ],
)
def test_a_tampered_ballot_of_another_kind_is_refused(
    app: Flask, meta: dict[str, str], sent: dict[str, object], code: str
) -> None:
    slug = open_budget(app, **meta)
    ids = project_ids(app, slug)
    mapped: dict[str, object] = {}
    for name, value in sent.items():
        kind, _, ref = name.partition("-")
        if ref:
            mapped[f"{kind}-{ids[ref]}"] = value
        else:
            assert isinstance(value, list)
            mapped[name] = [str(ids[one]) for one in value]
    check_refused(app, slug, confirm(signed_in(app, "a@example.org"), slug, **mapped), code)


def test_a_project_of_another_budget_is_refused(app: Flask) -> None:
    slug, other = open_budget(app), open_budget(app)
    foreign = project_ids(app, other)["7"]
    answer = confirm(signed_in(app, "a@example.org"), slug, project=[str(foreign)])
    check_refused(app, slug, answer, "unknown-project")


def test_a_withdrawn_project_is_refused_and_gone_from_the_ballot_begun(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    client = signed_in(app, "a@example.org")
    page(client.get(f"/en/budgets/{slug}/ballot"))
    with app.app_context():
        poll = budgets.get_poll(slug, drafts=True)
        service.withdraw("shell", poll, budgets.get_project(poll, ids["7"]))
        db.session.commit()
    check_refused(app, slug, confirm(client, slug, project=[str(ids["7"])]), "withdrawn")
    assert f'id="project-{ids["7"]}"' not in page(client.get(f"/en/budgets/{slug}/ballot"))


def test_too_late_and_too_early_is_decided_by_the_server_clock_at_the_cast(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    client = signed_in(app, "a@example.org")
    page(client.get(f"/en/budgets/{slug}/ballot"))
    for hours, code in ((-5, "closed"), (5, "not-open")):
        with app.app_context():
            start = clock.now() + timedelta(hours=hours)
            process_service.set_dates("shell", processes.get_process(slug), start, start + timedelta(hours=1))
            db.session.commit()
        check_refused(app, slug, confirm(client, slug, project=[str(ids["7"])]), code)


def test_extra_fields_change_nothing(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    other = person_of(app, "b@example.org")
    answer = confirm(
        signed_in(app, "a@example.org"), slug, project=[str(ids["7"])],
        person_id=str(other), weight="5", channel="counter", process_id="99", choices="[]",
    )  # fmt: skip
    assert answer.status_code == 303
    with app.app_context():
        entries = db.session.query(RollEntry).all()
        assert [(entry.channel, entry.person_id == other) for entry in entries] == [("online", False)]


def test_a_vote_needs_the_token_of_the_session(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    client = signed_in(app, "a@example.org")
    answer = client.post(f"/en/budgets/{slug}/ballot/confirm", data={"project": [str(ids["7"])]})
    assert answer.status_code == 403
    with app.app_context():
        assert ballots.count(processes.get_process(slug).id) == Counts(0, 0, 0)


@pytest.mark.parametrize(
    ("meta", "sent", "kept"),
    [
        (POINTS, {"points-7": "3", "points-31": "2"}, '{"choices": ["7", "31"], "points": [3, 2]}'),
        (RANKS, {"rank-31": "1", "rank-7": "2"}, '{"choices": ["31", "7"], "points": null}'),
        (KNAPSACK, {"project": ["44", "7"]}, '{"choices": ["7", "44"], "points": null}'),
        (
            {"vote_type": "choose-1", "max_length": ""},
            {"project": ["12"]},
            '{"choices": ["12"], "points": null}',
        ),
    ],
)
def test_each_kind_of_ballot_goes_through_its_pages_into_the_box(
    app: Flask, meta: dict[str, str], sent: dict[str, object], kept: str
) -> None:
    slug = open_budget(app, **meta)
    ids = project_ids(app, slug)
    client = signed_in(app, "a@example.org")
    fields: dict[str, object] = {}
    for name, value in sent.items():
        kind, _, ref = name.partition("-")
        fields |= {f"{kind}-{ids[ref]}": value} if ref else {name: [str(ids[one]) for one in value]}  # type: ignore[attr-defined]
    ballot = f"/en/budgets/{slug}/ballot"
    token = re.search(r'name="csrf_token" value="([^"]+)"', page(client.get(ballot)))
    assert token
    chosen = client.post(ballot, data={"csrf_token": token[1], **fields})
    assert chosen.status_code == 303, chosen.get_data(as_text=True)
    hidden = re.findall(
        r'type="hidden" name="([a-z0-9-]+)" value="(\d+)"', page(client.get(f"{ballot}/check"))
    )
    answer = client.post(f"{ballot}/confirm", data={"csrf_token": token[1]} | _grouped(hidden))
    assert answer.status_code == 303, answer.get_data(as_text=True)
    from app.ballots import keeping

    with app.app_context():
        process_id = processes.get_process(slug).id
        keeping.empty_hopper(process_id)
        db.session.commit()
        assert [one.choices for one in ballots.iter_box(process_id)] == [kept]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields
