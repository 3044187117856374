"""What must not be found unasked: in logs, in headers of letters, in what the database keeps (A06, A07, A43)."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.ballots.models import Draft
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.processes import queries as processes
from app.processes import service
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import token_of
from tests.web.letters import link_in, texts_to
from tests.web.towns import open_budget, pb, project_ids

TITLE = "Vote{0}Bcc: spy@evil.example{0}{{{{7*7}}}} {{% raw %}} =1+1"


def vote(app: Flask, slug: str, email: str) -> FlaskClient:
    """Cast a ballot for one project as this resident."""
    browser = signed_in(app, email)
    number = project_ids(app, slug)["7"]
    form = {"project": str(number), "csrf_token": token_of(browser)}
    assert browser.post(f"/en/budgets/{slug}/ballot", data=form).status_code == 303
    answer = browser.post(f"/en/budgets/{slug}/ballot/confirm", data=form)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return browser


@pytest.mark.parametrize("sign", ["\n", "\r\n", "\x85", "\u2028", "\t", "\x0b", "\x7f"])
def test_a_title_with_a_line_break_neither_adds_a_header_nor_stops_the_vote(app: Flask, sign: str) -> None:
    """A06, A07: the title comes from a file or a form and stands in the subject of every voter's letter."""
    slug = open_budget(app)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    form = {"title-en": TITLE.format(sign), "csrf_token": token_of(officer)}
    assert officer.post(f"/en/office/budgets/{slug}/texts", data=form).status_code == 303
    vote(app, slug, "ana@example.org")
    with app.app_context():
        subject = db.session.scalars(
            select(OutboxMessage.subject).where(OutboxMessage.recipient == "ana@example.org")
        ).one()
    assert subject.endswith("Vote Bcc: spy@evil.example {{7*7}} {% raw %} =1+1")


def test_a_file_with_line_breaks_in_its_names_makes_a_vote_that_works(app: Flask) -> None:
    slug = open_budget(app, pb(unit='"Val\nclair\n"', instance='"20\n27"'))
    vote(app, slug, "ana@example.org")


def test_a_voter_with_an_address_of_many_letters_gets_the_letter(app: Flask) -> None:
    slug = open_budget(app)
    vote(app, slug, "ana@mairie-évry.fr")
    assert len(texts_to(app, "ana@" + "mairie-évry.fr".encode("idna").decode())) == 1


def test_a_fault_is_logged_without_address_code_or_choice(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    slug = open_budget(app)
    browser = signed_in(app, "ana@example.org")
    form = {"project": str(project_ids(app, slug)["7"]), "csrf_token": token_of(browser)}
    with app.app_context():
        db.session.execute(text("ALTER TABLE outbox_messages RENAME TO away"))
        db.session.commit()
    with caplog.at_level(logging.DEBUG):
        signing = browser.post(
            "/en/sign-in", data={"email": "paul.secret@example.org", "csrf_token": form["csrf_token"]}
        )
        voting = browser.post(f"/en/budgets/{slug}/ballot/confirm", data=form)
    for answer in (signing, voting):
        html = page(answer, 503 if db_is_sqlite(app) else 500)
        assert "outbox_messages" not in html
        assert "Traceback" not in html
    assert "outbox_messages" in caplog.text, "the fault itself is noted"
    for secret in (
        "paul.secret@example.org",
        "ana@example.org",
        "one-time",
        "/sign-in/",
        "Your vote is recorded",
    ):
        assert secret not in caplog.text


def db_is_sqlite(app: Flask) -> bool:
    """Whether the site stands on SQLite, which calls a missing table an operational fault."""
    return str(app.config["CIVIC"].database_url).startswith("sqlite")


def test_no_row_keeps_the_link_of_an_invitation_once_it_is_sent(app: Flask) -> None:
    """The link sets up a second factor: for three days it is worth an administrator's account."""
    admin = signed_in(app, "it@valclair.example", Role.ADMINISTRATOR)
    form = {"email": "new@valclair.example", "role": "administrator", "csrf_token": token_of(admin)}
    assert admin.post("/en/office/staff", data=form).status_code == 303
    token = link_in(texts_to(app, "new@valclair.example")[0]).rsplit("/", 1)[1]
    with app.app_context():
        sent = db.session.scalars(
            select(OutboxMessage).where(OutboxMessage.recipient == "new@valclair.example")
        ).one()
        sent.text = ""  # as delivery leaves it
        db.session.commit()
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(table.select()):
                assert token not in str(tuple(row)), table.name


@pytest.mark.parametrize("days", [-2, 20])
def test_outside_the_time_of_voting_no_draft_is_kept(app: Flask, days: int) -> None:
    """A37: a draft says that somebody began a ballot; the close deletes all of them, so none may come after it."""
    slug = open_budget(app)
    browser = signed_in(app, "ana@example.org")
    form = {"project": str(project_ids(app, slug)["7"]), "csrf_token": token_of(browser)}
    with app.app_context():
        process = processes.get_process(slug)
        service.set_dates(
            "shell", process, clock.now() + timedelta(days=days), clock.now() + timedelta(days=days + 1)
        )
        db.session.commit()
    for place in ("ballot", "ballot/draft"):
        assert browser.post(f"/en/budgets/{slug}/{place}", data=form).status_code < 500
    with app.app_context():
        assert db.session.query(Draft).count() == 0
