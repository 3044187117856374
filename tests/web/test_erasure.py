"""Download and erasure: what names a person is handed over whole, then goes whole; votes stay counted, and nobody votes twice."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app import facts
from app.ballots import queries as ballots
from app.budgets import jobs as budget_jobs
from app.census.models import CensusMatch
from app.core import audit, clock
from app.core.db import Base, db
from app.core.policy import Role
from app.mail import outbox
from app.mail.letters import Letter
from app.mail.outbox import OutboxMessage
from app.people import search
from app.people import service as people
from app.people.models import ContactPoint, Person
from app.privacy import jobs, service
from app.privacy.holdings import HOLDINGS, AtErasure, By
from app.privacy.rules import FRESH
from app.processes import queries as processes
from app.processes import service as process_service
from app.sign_in.models import Session
from app.verification import service as verification
from app.verification.models import CorrectionRequest
from tests.web.callers import ask, person_of, sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send, token_of
from tests.web.leavers import ANA, erase_all, fill, left, let_pass
from tests.web.letters import code_in, texts_to
from tests.web.towns import close, open_budget, project_ids
from tests.web.voters import make_people, open_process, vote

pytestmark = pytest.mark.both_databases

DATA, ERASURE = "/en/account/data", "/en/account/erasure"


def test_the_file_holds_every_row_that_names_the_person_and_no_secret(app: Flask) -> None:
    her = fill(app)
    client = signed_in(app, ANA, name="Ana López")
    person_of(app, "other@example.org", name="Other Person")
    html = page(client.get(DATA))
    assert "Words that officers put on your account" in html
    answer = client.get(f"{DATA}.json")
    assert answer.headers["Content-Disposition"] == "attachment; filename=my-data.json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    said = json.loads(answer.text)
    with app.app_context():
        held = left(her, (ANA,))
    counts = {(one["table"], one["named_in"]): len(one["rows"]) for one in said["tables"]}
    assert counts == held
    assert all(counts[one.table, one.column] for one in HOLDINGS if one.by is By.NUMBER), counts
    assert "interpreter" in answer.text
    assert "López" in answer.text
    assert "other@example.org" not in answer.text
    with app.app_context():
        tokens = db.session.scalars(select(Session.token_hash)).all()
    for secret in (*tokens, "s3cret-code_hash", "s3cret-link_hash", "s3cret-seed", "identity_hash", "sealed"):
        assert secret not in answer.text, secret


def test_the_file_says_that_somebody_voted_and_never_what(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, ANA)
    project = project_ids(app, slug)["7"]
    fields = {"project": project, "csrf_token": token_of(client)}
    assert client.post(f"/en/budgets/{slug}/ballot/confirm", data=fields).status_code == 303
    said = json.loads(client.get(f"{DATA}.json").text)
    (roll,) = (one for one in said["tables"] if one["table"] == "ballot_roll")
    (entry,) = roll["rows"]
    assert set(entry) == {"process_id", "person_id", "channel", "voted_on"}
    assert not {"ballot_hopper", "ballot_box"} & {one["table"] for one in said["tables"]}


def rows_left(app: Flask, her: int, *kept: AtErasure) -> dict[tuple[str, str], int]:
    """What is left of her, which must be of these kinds only."""
    with app.app_context():
        held = left(her, (ANA,))
    may_be = {(one.table, one.column) for one in HOLDINGS if one.at_erasure in kept}
    assert {place for place, rows in held.items() if rows} <= may_be
    return held


def test_an_erased_person_leaves_a_number_and_a_vote_that_counts(app: Flask) -> None:
    her = fill(app)
    client = signed_in(app, ANA, name="Ana López")
    with app.app_context():
        slug = processes.list_processes(published=True)[0].slug
    assert "You have voted in a vote that is still open" in page(client.get(ERASURE))
    assert "Nothing was deleted" in page(send(client, ERASURE, ERASURE, typed="other@example.org"), 422)
    answer = send(client, ERASURE, ERASURE, typed=" Ana.Lopez@EXAMPLE.org ")
    page(make_client(app).get(answer.location))
    assert client.get("/en/account").status_code == 303
    erase_all(app)
    with app.app_context():
        assert left(her, (ANA,))["person_tags", "person_id"], "not before what was in flight has settled"
    let_pass(app)
    erase_all(app)
    held = rows_left(app, her, AtErasure.KEEP, AtErasure.DELETE_LAST)
    assert held["contact_points", "person_id"] == held["census_matches", "person_id"] == 1
    close_process(app, slug)
    erase_all(app)
    assert rows_left(app, her, AtErasure.KEEP)["ballot_roll", "person_id"] == 1
    check_forgotten(app, her)


def check_forgotten(app: Flask, her: int) -> None:
    """The number is left, the counts agree, the act is on record, and no table says the name or the address."""
    with app.app_context():
        process = processes.list_processes(published=True)[0]
        counts = ballots.count(process.id)
        assert (counts.agree, counts.roll) == (True, 1)
        person = people.find_person(her)
        assert person is not None
        assert (person.display_name, person.language, person.role) == ("", "", "resident")
        acts = db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.act == "person.erase")
        ).all()
        assert [(one.subject, one.detail) for one in acts] == [(f"person:{her}", "{}")]
        assert audit.find_break() is None
        assert facts.gather()["invariants"]["I8 nothing is kept beyond its time"]
        for table in Base.metadata.sorted_tables:
            text = str(db.session.execute(select(table)).all())
            assert "ana.lopez" not in text.lower(), table.name
            assert "López" not in text, table.name


def close_process(app: Flask, slug: str) -> None:
    """Count a process that has no budget."""
    from app.ballots import keeping

    with app.app_context():
        process_service.close_now("shell", processes.get_process(slug))
        db.session.commit()
        keeping.close_box(processes.get_process(slug))
        db.session.commit()


def test_nobody_votes_twice_by_erasing_the_account_between(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, ANA)
    fields = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
    client.post(f"/en/budgets/{slug}/ballot/confirm", data=fields)
    send(client, ERASURE, ERASURE, typed=ANA)
    let_pass(app)
    erase_all(app)
    again = make_client(app)
    where = ask(again, ANA)
    answer = again.post(where, data={"code": code_in(texts_to(app, ANA)[-1])})
    assert answer.status_code == 403, "the address is locked"
    close(app, slug)
    erase_all(app)
    assert sign_in(app, make_client(app), ANA).status_code == 303
    with app.app_context():
        assert ballots.count(processes.get_process(slug).id).agree
        new = people.find_person_by_email(ANA)
        assert new is not None
        assert ballots.list_voted(new.id, [processes.get_process(slug).id]) == {}


def test_without_a_vote_the_address_is_free_at_once(app: Flask) -> None:
    open_budget(app)
    client = signed_in(app, ANA)
    assert "still open" not in page(client.get(ERASURE))
    send(client, ERASURE, ERASURE, typed=ANA)
    let_pass(app)
    erase_all(app)
    assert sign_in(app, make_client(app), ANA).status_code == 303


def test_an_old_session_must_sign_in_again_and_comes_back(app: Flask) -> None:
    client, her = signed_in(app, ANA), person_of(app, ANA)
    token = token_of(client)
    with app.app_context():
        db.session.execute(update(Session).values(began_at=clock.now() - FRESH * 2))
        db.session.execute(update(Person).values(sessions_from=clock.now() - FRESH * 4))
        db.session.commit()
    assert "First, show that it is you" in page(client.get(ERASURE))
    html = page(client.post(ERASURE, data={"typed": ANA, "csrf_token": token}), 403)
    assert "Sign in again first" in html
    answer = send(client, f"{ERASURE}/sign-in", ERASURE)
    assert answer.location.endswith(f"/en/sign-in?next={ERASURE}")
    assert client.get("/en/account").status_code == 303
    back = sign_in(app, client, ANA, next=ERASURE)
    assert back.location == ERASURE
    assert 'name="typed"' in page(client.get(ERASURE))
    with app.app_context():
        assert people.get_person(her).disabled_at is None


def test_letters_on_their_way_do_not_leave_any_more(app: Flask) -> None:
    client = signed_in(app, ANA)
    with app.app_context():
        for number, to in enumerate((ANA, "Ana.Lopez@example.org", "b@example.org")):
            outbox.enqueue(Letter("News", "Text."), to, key=f"n{number}")
        db.session.commit()
    send(client, ERASURE, ERASURE, typed=ANA)
    with app.app_context():
        states = db.session.execute(
            select(OutboxMessage.key, OutboxMessage.state).order_by(OutboxMessage.key)
        )
        assert [tuple(row) for row in states if row.key.startswith("n")] == [
            ("n0", "cancelled"), ("n1", "cancelled"), ("n2", "waiting"),
        ]  # fmt: skip


def test_a_closed_account_is_neither_reminded_nor_answered(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, ANA)
    fields = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
    assert client.post(f"/en/budgets/{slug}/ballot/draft", data=fields).status_code == 204
    with app.app_context():
        her = people.find_person_by_email(ANA)
        assert her is not None
        made = verification.ask(her.id, "Am I on it?")
        process = processes.get_process(slug)
        now = clock.now()
        process_service.set_dates("shell", process, now - timedelta(hours=1), now + timedelta(days=1))
        db.session.commit()
        request_id = made.id
    send(client, ERASURE, ERASURE, typed=ANA)
    with app.app_context():
        budget_jobs.remind()
        verification.answer("person:9", db.session.get_one(CorrectionRequest, request_id), "Yes.")
        db.session.commit()
    assert texts_to(app, ANA) == []


def test_the_last_administrator_stays_and_another_loses_the_role(app: Flask) -> None:
    boss = signed_in(app, "boss@example.org", Role.ADMINISTRATOR)
    html = page(send(boss, ERASURE, ERASURE, typed="boss@example.org"), 409)
    assert "This is the last administrator" in html
    second = signed_in(app, "second@example.org", Role.ADMINISTRATOR)
    assert send(boss, ERASURE, ERASURE, typed="boss@example.org").status_code == 303
    let_pass(app)
    erase_all(app)
    with app.app_context():
        assert people.find_person_by_email("boss@example.org") is None
    page(send(second, ERASURE, ERASURE, typed="second@example.org"), 409)


def test_officers_delete_an_account_for_its_person_but_none_of_the_staff(app: Flask) -> None:
    her = person_of(app, ANA, name="Ana <b>López")
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    other = person_of(app, "omar@example.org", Role.OFFICER)
    where = f"/en/office/people/{her}/erasure"
    assert f'href="{where}"' in page(officer.get(f"/en/office/people/{her}"))
    assert "Nothing was deleted" in page(send(officer, where, where, typed="yes"), 422)
    assert send(officer, where, where, typed=str(her)).status_code == 303
    assert "The account was closed on" in page(officer.get(where))
    of_staff = f"/en/office/people/{other}/erasure"
    assert "An administrator must take it away first." in page(officer.get(of_staff))
    form = {"typed": str(other), "csrf_token": token_of(officer)}
    page(officer.post(of_staff, data=form), 409)
    let_pass(app)
    erase_all(app)
    for gone in (where, f"/en/office/people/{her}", f"/en/office/people/{her}/letters"):
        assert officer.get(gone).status_code == 404
    with app.app_context():
        assert search.find_people(str(her)) == search.find_people("lópez") == []
        assert people.get_person(other).granted_role is Role.OFFICER
        acts = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.subject == f"person:{her}"))
        assert {"person.disable", "person.erase"} <= {one.act for one in acts}


def test_residents_come_to_no_data_but_their_own(app: Flask) -> None:
    her = person_of(app, ANA)
    eve = signed_in(app, "eve@example.org")
    for path in (f"/en/office/people/{her}/erasure", f"/en/office/people/{her}/letters"):
        assert eve.get(path).status_code == 403
        assert eve.post(path, data={"typed": str(her), "csrf_token": token_of(eve)}).status_code == 403
    for path in (DATA, f"{DATA}.json", ERASURE):
        assert make_client(app).get(path).status_code == 303
    form = {"typed": ANA, "person_id": str(her), "csrf_token": token_of(eve)}
    page(eve.post(ERASURE, data=form), 422)
    assert ANA not in eve.get(f"{DATA}.json?person_id={her}&id={her}").text
    with app.app_context():
        assert people.get_person(her).disabled_at is None


def test_staff_by_mail_alone_come_neither_to_their_file_nor_to_their_end(app: Flask) -> None:
    person_of(app, "omar@example.org", Role.OFFICER)
    thief = make_client(app)
    sign_in(app, thief, "omar@example.org")
    for path in (f"{DATA}.json", ERASURE):
        assert thief.get(path).location == f"/en/second-factor?next={path}"
    form = {"typed": "omar@example.org", "csrf_token": token_of(thief)}
    page(thief.post(ERASURE, data=form), 403)
    with app.app_context():
        omar = people.find_person_by_email("omar@example.org")
        assert omar is not None
        assert omar.disabled_at is None
    assert signed_in(app, "omar@example.org", Role.OFFICER).get(f"{DATA}.json").status_code == 200


def test_a_wish_of_before_is_granted_by_the_worker(app: Flask) -> None:
    her = person_of(app, ANA)
    with app.app_context():
        people.request_deletion(people.get_person(her))
        db.session.commit()
    erase_all(app)
    let_pass(app)
    erase_all(app)
    with app.app_context():
        assert people.find_person_by_email(ANA) is None


def test_an_erasure_that_is_late_is_noticed(app: Flask) -> None:
    """I8: a worker that does not erase is a fault that the site tells."""
    client, her = signed_in(app, ANA), person_of(app, ANA)
    send(client, ERASURE, ERASURE, typed=ANA)
    with app.app_context():
        assert facts.gather()["invariants"]["I8 nothing is kept beyond its time"]
        people.get_person(her).disabled_at = clock.now() - timedelta(days=3)
        db.session.commit()
        assert not facts.gather()["invariants"]["I8 nothing is kept beyond its time"]
        jobs.erase()
        assert facts.gather()["invariants"]["I8 nothing is kept beyond its time"]


def test_a_vote_in_flight_while_the_account_is_closed_is_whole_and_locks_the_address(app: Flask) -> None:
    with app.app_context():
        slug = open_process().slug
        voters = make_people(12)
    start = Barrier(24)

    def cast(person_id: int) -> None:
        with app.app_context():
            start.wait()
            vote(processes.get_process(slug), person_id, "7")

    def end(person_id: int) -> None:
        with app.app_context():
            start.wait()
            service.close(f"person:{person_id}", people.get_person(person_id))
            db.session.commit()

    threads = [Thread(target=act, args=(one,)) for one in voters for act in (cast, end)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    let_pass(app)
    erase_all(app)
    with app.app_context():
        counts = ballots.count(processes.get_process(slug).id)
        assert counts.agree
        assert counts.roll == 12
        assert db.session.scalar(select(func.count()).select_from(ContactPoint)) == 12, "locked, each of them"
    close_process(app, slug)
    erase_all(app)
    with app.app_context():
        assert ballots.count(processes.get_process(slug).id).agree
        assert db.session.scalar(select(func.count()).select_from(ContactPoint)) == 0


def test_a_match_stays_locked_with_the_vote(app: Flask) -> None:
    her = fill(app)
    with app.app_context():
        service.close("shell", people.get_person(her))
        db.session.commit()
    let_pass(app)
    erase_all(app)
    with app.app_context():
        assert db.session.get(CensusMatch, her) is not None


def test_the_page_of_a_browser_without_a_session_after_the_end_says_what_comes(client: FlaskClient) -> None:
    for lang in ("en", "fr", "es"):
        html = page(client.get(f"/{lang}/account-closed"))
        assert re.search(r"<li>", html)
