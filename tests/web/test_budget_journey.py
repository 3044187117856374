"""From the import of a file to the published results, through the pages."""

from __future__ import annotations

import re
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.budgets import jobs
from app.core.db import db
from app.core.policy import Role
from app.counting import pabulib
from app.counting.rules import count
from app.mail.circulars import Circular
from app.mail.outbox import OutboxMessage
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import LONG_OPEN, send, token
from tests.web.towns import close, open_budget, pb, project_ids


def vote(app: Flask, client: FlaskClient, slug: str, *refs: str) -> str:
    """Choose, check, confirm; returns the confirmation page."""
    ids = project_ids(app, slug)
    ballot = f"/en/budgets/{slug}/ballot"
    chosen = send(client, ballot, ballot, project=[str(ids[ref]) for ref in refs])
    assert chosen.status_code == 303, chosen.get_data(as_text=True)
    checked = page(client.get(chosen.headers["Location"]))
    assert "Confirm my vote" in checked
    fields = re.findall(r'type="hidden" name="project" value="(\d+)"', checked)
    done = client.post(f"{ballot}/confirm", data={"csrf_token": token(checked), "project": fields})
    assert done.status_code == 303, done.get_data(as_text=True)
    return page(client.get(done.headers["Location"]))


def test_from_import_to_results(app: Flask) -> None:
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    new = "/en/office/budgets/new"
    made = send(officer, new, new, title="Our budget", file=(BytesIO(pb(("7,12",))), "town.pb"))
    assert made.status_code == 303, made.get_data(as_text=True)
    desk = made.headers["Location"]
    html = page(officer.get(desk))
    assert "The file held 1 ballot; it was not cast." in html
    assert page(signed_in(app, "a@example.org").get("/en/budgets/our-budget"), 404)
    assert send(officer, f"{desk}/dates", f"{desk}/dates", **LONG_OPEN).status_code == 303
    assert send(officer, f"{desk}/open", f"{desk}/open").status_code == 303

    voters = [signed_in(app, f"voter{number}@example.org") for number in range(3)]
    first = vote(app, voters[0], "our-budget", "7", "31")
    assert "Your vote is recorded" in first
    vote(app, voters[1], "our-budget", "7")
    vote(app, voters[2], "our-budget", "58", "7")
    assert page(voters[0].get("/en/budgets/our-budget/confirmation")) == first

    assert "cannot be opened again" in page(officer.get(f"{desk}/close"))
    assert page(officer.get("/en/budgets/our-budget/results"), 404)
    assert send(officer, f"{desk}/close", f"{desk}/close").status_code == 303
    with app.app_context():
        jobs.close_and_count()
    assert page(voters[0].get("/en/budgets/our-budget/results"), 404), "hidden until the officer publishes"
    assert send(officer, f"{desk}/results", f"{desk}/results").status_code == 303
    results = page(voters[0].get("/en/budgets/our-budget/results"))
    assert "Shade for the school yard" in results

    box = voters[0].get("/en/budgets/our-budget/box.pb").data
    election = pabulib.read(BytesIO(box), strict=True)
    assert len(election.ballots) == 3
    assert count(election).funded == ("7", "31"), (
        "400 for three votes, then 500; 100 are left and 120 do not fit"
    )


def test_the_receipt_is_found_after_the_close_and_an_invented_one_is_not(app: Flask) -> None:
    slug = open_budget(app)
    voter = signed_in(app, "a@example.org")
    html = vote(app, voter, slug, "7")
    receipt = re.search(r"((?:[0-9A-Z]{4}-){4}[0-9A-Z]{4})", html)
    assert receipt
    assert page(voter.get(f"/en/ballots/{slug}/receipts"), 404)
    close(app, slug)
    where = f"/en/ballots/{slug}/receipts"
    assert "Your ballot is in the box" in page(send(voter, where, where, code=receipt[1].lower()))
    assert "There is no ballot" in page(send(voter, where, where, code="0000-0000-0000-0000-0000"))
    assert len(voter.get(f"/en/ballots/{slug}/receipts.txt").data.split()) == 1
    assert voter.get(f"/en/ballots/{slug}/chain.json").json["links"]
    page(voter.get(f"/en/ballots/{slug}/counts"))


def test_the_letter_says_that_but_not_what(app: Flask) -> None:
    slug = open_budget(app)
    vote(app, signed_in(app, "a@example.org"), slug, "58")
    with app.app_context():
        letters = db.session.query(OutboxMessage).all()
        assert [letter.recipient for letter in letters] == ["a@example.org"]
        assert "recorded" in letters[0].subject
        assert "Boules" not in letters[0].text
        assert "58" not in letters[0].text.replace(letters[0].text.split("reference:")[1].split()[0], "")


def test_a_ballot_begun_is_there_again_and_a_reminder_goes_out_once(app: Flask) -> None:
    slug = open_budget(app)
    ids = project_ids(app, slug)
    voter = signed_in(app, "a@example.org")
    ballot = f"/en/budgets/{slug}/ballot"
    assert send(voter, f"{ballot}/draft", ballot, project=[str(ids["12"])]).status_code == 204
    assert re.search(rf'value="{ids["12"]}"[^>]*checked', page(voter.get(ballot)))
    from datetime import timedelta

    from app.core import clock
    from app.processes import queries, service

    with app.app_context():
        jobs.remind()
        assert db.session.query(OutboxMessage).count() == 0, "nine days before the end nobody is reminded"
        process = queries.get_process(slug)
        service.set_dates("shell", process, process.phases[0].starts_at, clock.now() + timedelta(days=1))
        db.session.commit()
        jobs.remind()
        jobs.remind()
        assert db.session.query(OutboxMessage).count() == 1


def test_who_began_or_voted_is_told_that_the_dates_have_changed(app: Flask) -> None:
    """F22."""
    slug = open_budget(app)
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    voted, began = signed_in(app, "voted@example.org"), signed_in(app, "began@example.org")
    signed_in(app, "never@example.org")
    vote(app, voted, slug, "7")
    ballot = f"/en/budgets/{slug}/ballot"
    choice = str(project_ids(app, slug)["12"])
    assert send(began, f"{ballot}/draft", ballot, project=[choice]).status_code == 204
    desk = f"/en/office/budgets/{slug}"
    asked = page(send(officer, f"{desk}/dates", f"{desk}/dates", **LONG_OPEN))
    assert "2 people who began or voted are told by letter." in asked
    assert re.search(r'name="ends-year" value="\d{4}"', asked), "the form goes on from there"
    for _ in range(2):
        assert send(officer, f"{desk}/dates", f"{desk}/dates", sure="1", **LONG_OPEN).status_code == 303
    assert "The dates are saved." in page(officer.get(f"{desk}?done=dates"))
    assert send(officer, f"{desk}/close", f"{desk}/close").status_code == 303

    with app.app_context():
        copies = db.session.query(OutboxMessage).filter(OutboxMessage.key.startswith("dates:")).all()
        told = [
            (copy.recipient, db.session.get_one(Circular, copy.circular_id).letter({}).text)
            for copy in sorted(copies, key=lambda one: one.id)
        ]
    assert [to for to, _ in told] == ["voted@example.org", "began@example.org"] * 2, (
        "the same dates again tell nothing"
    )
    assert "You can vote from" in told[0][1]
    assert f"/en/budgets/{slug}" in told[0][1]
    assert "ended earlier than announced" in told[2][1]


def test_a_project_is_taken_out_only_after_a_second_question(app: Flask) -> None:
    slug = open_budget(app)
    vote(app, signed_in(app, "a@example.org"), slug, "7")
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    away = f"/en/office/budgets/{slug}/projects/{project_ids(app, slug)['7']}/withdrawal"
    assert "1 person has voted already" in page(officer.get(away))
    assert "This project has been withdrawn" not in page(
        officer.get(away.replace("/office", "").replace("/withdrawal", ""))
    )
    assert send(officer, away, away).status_code == 303
    assert "This project has been withdrawn" in page(
        officer.get(away.replace("/office", "").replace("/withdrawal", ""))
    )


def test_every_page_of_a_budget_stands_in_each_language(app: Flask) -> None:
    slug = open_budget(app)
    voter = signed_in(app, "a@example.org")
    ids = project_ids(app, slug)
    for lang in ("fr", "es", "en"):
        for path in (
            "", f"budgets/{slug}", f"budgets/{slug}/projects", f"budgets/{slug}/projects?view=table&sort=title",
            f"budgets/{slug}/projects/{ids['7']}", f"budgets/{slug}/ballot", f"ballots/{slug}/counts",
        ):  # fmt: skip
            page(voter.get(f"/{lang}/{path}"))


def test_a_box_changed_after_its_close_is_not_published(app: Flask) -> None:
    """F28: a database administrator swaps a choice; the officer learns of it and nothing is shown."""
    slug = open_budget(app)
    vote(app, signed_in(app, "a@example.org"), slug, "7")
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    desk = f"/en/office/budgets/{slug}"
    assert send(officer, f"{desk}/close", f"{desk}/close").status_code == 303
    early = send(officer, f"{desk}/results", f"{desk}/results")
    assert "not counted yet" in page(early, 409)
    with app.app_context():
        jobs.close_and_count()
        db.session.execute(text("UPDATE ballot_box SET choices = replace(choices, '7', '58')"))
        db.session.commit()
    refused = send(officer, f"{desk}/results", f"{desk}/results")
    assert "no longer those that were in the box" in page(refused, 409)
    assert page(make_client(app).get(f"/en/budgets/{slug}/results"), 404)
