"""Am I on the list: found by what only the person knows, and nothing told to whoever tries (A44)."""

from __future__ import annotations

import statistics
import time
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.budgets import queries as budgets
from app.census import queries as census
from app.census.models import CensusMatch
from app.core import audit, clock, throttle
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.people import queries as people
from app.processes import service as processes
from app.processes.rules import Who
from app.verification import jobs, queries, service
from app.verification.models import CorrectionRequest, FailedCheck
from app.verification.rules import Claim
from tests.web.callers import browsers, person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.rolls import bring, file_of, make_list, row, town
from tests.web.towns import open_budget
from tests.web.voters import open_process, vote

CHECK = "/en/account/census"
DESK = "/en/office/census/desk"
HER = {"number": "N-00007", "family": "Núñez-7", "born-day": "17", "born-month": "9", "born-year": "1930"}
FAILED = "We could not find you on the list with these details"


@pytest.fixture
def roll(app: Flask) -> int:
    """A list with forty people, known by their numbers; HER among them, born on 17 September 1930."""
    with app.app_context():
        target = make_list()
        bring(target, town(40))
        return target.id


def check(client: FlaskClient, **changed: str) -> tuple[int, str]:
    """Send the form: status and page."""
    answer = send(client, CHECK, CHECK, **{**HER, **changed})
    return answer.status_code, "" if answer.status_code == 303 else page(answer, answer.status_code)


def count(table: type[object]) -> int:
    """Rows of a table."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    "typed", [{}, {"family": "NUNEZ 7", "number": "n 00007"}, {"family": " nuñez–7 ", "number": "N.00.007"}]
)
def test_a_person_is_found_however_accents_and_numbers_are_typed(
    app: Flask, roll: int, typed: dict[str, str]
) -> None:
    client = signed_in(app, "zoe@valclair.example")
    assert check(client, **typed)[0] == 303
    html = page(client.get(CHECK))
    assert "You are on the list" in html
    assert "Señorío" in html
    with app.app_context():
        (match,) = db.session.scalars(select(CensusMatch)).all()
        assert (match.level, match.way) == (2, "self")


WRONG = [{"number": "N-99999"}, {"born-day": "18"}, {"born-year": "1931"}, {"family": "Nuñez-8"}]


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_whatever_is_wrong_the_answer_is_the_same_and_the_attempt_is_written_down(
    app: Flask, roll: int, lang: str
) -> None:
    client, where, pages = signed_in(app, "eve@valclair.example"), f"/{lang}/account/census", set()
    for changed in WRONG:
        answer = send(client, where, where, **{**HER, **changed})
        html = page(answer, 422)
        for name, typed in {**HER, **changed}.items():
            assert f'name="{name}"' in html
            html = html.replace(f'value="{typed}"', "")
        pages.add(html)
    assert len(pages) == 1
    with app.app_context():
        assert (count(FailedCheck), count(CensusMatch)) == (4, 0)


def test_somebody_who_is_another_account_already_is_answered_like_a_stranger(app: Flask, roll: int) -> None:
    assert check(signed_in(app, "zoe@valclair.example"))[0] == 303
    thief = signed_in(app, "eve@valclair.example")
    known, unknown = check(thief), check(thief, number="N-99999")
    assert known[0] == unknown[0] == 422
    assert known[1] == unknown[1].replace("N-99999", "N-00007")
    with app.app_context():
        assert count(CensusMatch) == 1


def test_the_time_of_the_answer_does_not_tell_whether_a_number_is_there(app: Flask, roll: int) -> None:
    there = Claim("N-00007", "nunez 7", "", date(1930, 9, 18))
    absent = Claim("N-99999", "nunez 7", "", date(1930, 9, 18))
    with app.app_context():
        took: dict[str, list[float]] = {"there": [], "absent": []}
        for number in range(150):
            for name, claim in (
                (("there", there), ("absent", absent))
                if number % 2
                else (("absent", absent), ("there", there))
            ):
                began = time.perf_counter()
                assert service.find(claim) is None
                took[name].append(time.perf_counter() - began)
        ratio = statistics.median(took["there"]) / statistics.median(took["absent"])
        assert 0.6 < ratio < 1.7


def test_tries_are_counted_for_the_account_the_network_and_the_number(app: Flask, roll: int) -> None:
    client = signed_in(app, "eve@valclair.example")
    for _ in range(6):
        assert check(client, **{"born-day": "18"})[0] == 422
    status, html = check(client)
    assert status == 429
    assert "Too many attempts" in html
    for number in range(4):
        other = signed_in(app, f"eve{number}@valclair.example")
        assert check(other, **{"born-day": "18"})[0] == 422
    assert check(signed_in(app, "zoe@valclair.example"))[0] == 429
    with app.app_context():
        for _ in range(60):
            throttle.add(service.CHECKS_PER_NETWORK, "127.0.0.1")
        db.session.commit()
    assert check(signed_in(app, "jon@valclair.example"), number="N-00009")[0] == 429


def test_what_cannot_be_looked_for_is_told_at_once_and_kept(app: Flask, roll: int) -> None:
    status, html = check(
        signed_in(app, "zoe@valclair.example"), number="", family=" ", **{"born-month": "13"}
    )
    assert status == 422
    for field in ("number", "family", "born"):
        assert f'href="#{field}"' in html
    assert 'value="13"' in html
    with app.app_context():
        assert count(FailedCheck) == 0


def test_without_numbers_a_person_is_found_by_all_names_and_birth(app: Flask) -> None:
    with app.app_context():
        bring(make_list(identity="civil-status"), town(40))
    client = signed_in(app, "zoe@valclair.example")
    assert 'name="number"' not in page(client.get(CHECK))
    assert check(client, given="Zoé8")[0] == 422
    assert check(client, given="ZOE7")[0] == 303


def test_two_people_whom_a_roll_without_numbers_cannot_tell_apart_are_sent_to_the_desk(app: Flask) -> None:
    with app.app_context():
        target = make_list(identity="civil-status")
        header = b"number;family name;given name;date of birth;place of birth"
        lines = [f"{n};Roca;Ana;07/05/1980;{place}".encode() for n, place in enumerate(("Lleida", "Vic"))]
        bring(
            target,
            b"\n".join([header, *lines, *(f"{n};A{n};B;01/01/1970;X".encode() for n in range(9))]) + b"\n",
        )
    typed = {"family": "Roca", "given": "Ana", "born-day": "7", "born-month": "5", "born-year": "1980"}
    assert check(signed_in(app, "ana@valclair.example"), **typed)[0] == 422


def test_who_moved_out_is_on_the_roll_no_longer_and_a_new_import_finds_them_again(
    app: Flask, roll: int
) -> None:
    client = signed_in(app, "zoe@valclair.example")
    check(client)
    with app.app_context():
        without = [row(number) for number in range(40) if number != 7]
        bring(census.get_list(roll), file_of(*without))
    assert "You are on the list" not in page(client.get(CHECK))
    with app.app_context():
        bring(census.get_list(roll), file_of(*without, row(7, "Prat", district="Puerto")))
    assert "Puerto" in page(client.get(CHECK))


def test_an_import_that_holds_from_a_later_day_changes_nothing_before_it(app: Flask, roll: int) -> None:
    client = signed_in(app, "zoe@valclair.example")
    with app.app_context():
        later = clock.today() + timedelta(days=40)
        bring(
            census.get_list(roll),
            file_of(*(row(number, district="Puerto") for number in range(40))),
            on=later,
        )
    assert check(client)[0] == 303
    assert "Señorío" in page(client.get(CHECK))


def test_a_request_waits_for_an_officer_and_the_answer_goes_by_mail(app: Flask, roll: int) -> None:
    client, officer = (
        signed_in(app, "zoe@valclair.example"),
        signed_in(app, "marta@valclair.example", Role.OFFICER),
    )
    where, queue = f"{CHECK}/request", "/en/office/census/requests"
    check(client, number="N-99999")
    assert "at most 1000 letters" in page(send(client, where, where, message=" "), 422)
    assert send(client, where, where, message="I moved <b>in May</b>").status_code == 303
    assert "Your request has arrived" in page(client.get(where))
    assert ">1 waits" in page(officer.get("/en/office/census")).replace("</a>: 1", ">1")
    html = page(officer.get(queue))
    assert "I moved &lt;b&gt;in May" in html
    answer = f"{queue}/1"
    assert "Write something" in page(send(officer, answer, answer, message=""), 422)
    assert send(officer, answer, answer, message="You are on it now.").status_code == 303
    page(officer.get(answer))
    assert "You are on it now." in page(client.get(where))
    with app.app_context():
        letter = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == "correction:1")).one()
        assert letter.recipient == "zoe@valclair.example"
        assert "You are on it now." in letter.text
        act = db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.act == "verification.answer")
        ).one()
        assert "moved" not in act.detail


def test_a_second_request_waits_for_the_first(app: Flask, roll: int) -> None:
    client, where = signed_in(app, "zoe@valclair.example"), f"{CHECK}/request"
    form = {
        "message": "One",
        "csrf_token": page(client.get(where)).split('name="csrf_token" value="')[-1].split('"')[0],
    }
    assert client.post(where, data=form).status_code == 303
    assert client.post(where, data=form).status_code == 409


def test_at_the_desk_an_officer_notes_who_was_seen_with_an_address_or_without(app: Flask, roll: int) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    assert FAILED.removesuffix(" with these details") in page(
        send(officer, DESK, DESK, **{**HER, "born-day": "1"}), 422
    )
    answer = send(officer, DESK, DESK, **HER, email="zoe@valclair.example")
    assert "Noted: the person is on the list" in page(officer.get(answer.location))
    assert "An officer has seen your identity document" in page(
        signed_in(app, "zoe@valclair.example").get(CHECK)
    )
    born = {"born-day": "24", "born-month": "10", "born-year": "1930"}
    assert (
        send(officer, DESK, DESK, **{**HER, "number": "N-00008", "family": "Núñez-8", **born}).status_code
        == 303
    )
    with app.app_context():
        assert sorted(db.session.scalars(select(CensusMatch.level)).all()) == [3, 3]
        acts = db.session.scalars(
            select(audit.AuditEntry).where(audit.AuditEntry.act == "verification.desk")
        ).all()
        assert [act.detail for act in acts] == ['{"with_address": true}', '{"with_address": false}']


def test_at_the_desk_a_stolen_match_goes_to_whom_the_officer_sees(app: Flask, roll: int) -> None:
    thief = signed_in(app, "eve@valclair.example")
    check(thief)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    form = {**HER, "email": "zoe@valclair.example"}
    html = page(send(officer, DESK, DESK, **form), 409)
    assert "Another account is known as this person already" in html
    assert 'name="takes_over"' in html
    assert send(officer, DESK, DESK, **form, takes_over="yes").status_code == 303
    assert "You are on the list" not in page(thief.get(CHECK))
    assert "You are on the list" in page(signed_in(app, "zoe@valclair.example").get(CHECK))


def test_at_the_desk_nobody_gets_a_second_vote_with_a_second_account(app: Flask, roll: int) -> None:
    """A36: the match of an account that has voted is not given to another one; merging the two carries the vote along."""
    check(signed_in(app, "zoe@valclair.example"))
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    with app.app_context():
        first = people.find_person_by_email("zoe@valclair.example")
        assert first is not None
        number = first.id
        process = open_process()
        process.who = "census:0:1"
        db.session.commit()
        vote(process, number, "7")
    form = {**HER, "email": "zoe.second@valclair.example", "takes_over": "yes"}
    html = page(send(officer, DESK, DESK, **form), 409)
    assert f"Account {number} is known as this person and has voted. Merge the two accounts instead" in html
    with app.app_context():
        assert db.session.scalars(select(CensusMatch.person_id)).all() == [number]
        assert people.find_person_by_email("zoe.second@valclair.example") is None


def test_only_staff_see_requests_and_the_desk(app: Flask, roll: int) -> None:
    for role, client in browsers(app).items():
        expected = {None: 303, Role.RESIDENT: 403}.get(role, 200)
        for path in ("requests", "desk"):
            assert client.get(f"/en/office/census/{path}").status_code == expected, role
        assert client.get(CHECK).status_code == (303 if role is None else 200)


def test_a_vote_for_those_on_the_roll_is_refused_with_its_rule_and_the_way_on(app: Flask, roll: int) -> None:
    slug = open_budget(app)
    with app.app_context():
        budgets.get_poll(slug, drafts=True).process.who = "census:16:1"
        db.session.commit()
    client = signed_in(app, "zoe@valclair.example")
    assert "and 16 or older" in page(client.get(f"/en/budgets/{slug}"))
    html = page(client.get(f"/en/budgets/{slug}/ballot"), 403)
    assert f'href="{CHECK}?list=1"' in html
    assert "not-on-the-list" in html
    check(client)
    page(client.get(f"/en/budgets/{slug}/ballot"))


@pytest.mark.parametrize(("years", "status"), [(16, 303), (15, 403)])
def test_the_least_age_is_counted_on_the_day_of_the_vote(app: Flask, years: int, status: int) -> None:
    slug = open_budget(app)
    with app.app_context():
        today = clock.today()
        born = (
            today.replace(year=today.year - years)
            if (today.month, today.day) != (2, 29)
            else date(today.year - years, 2, 28)
        )
        bring(make_list(), file_of(row(1, birth=f"{born:%d/%m/%Y}"), row(2), row(3)))
        poll = budgets.get_poll(slug, drafts=True)
        poll.process.who = "census:16:1"
        project = poll.projects[0].id
        db.session.commit()
    client = signed_in(app, "kim@valclair.example")
    whose = {
        "number": "N-00001",
        "family": "nunez 1",
        "born-day": str(born.day),
        "born-month": str(born.month),
    }
    assert check(client, **whose, **{"born-year": str(born.year)})[0] == 303
    answer = send(client, f"/en/budgets/{slug}/ballot/confirm", "/en/account", project=str(project))
    assert answer.status_code == status
    if status == 403:
        assert "16 or older" in page(answer, 403)
        with app.app_context():
            assert budgets.get_poll(slug).process.box_closed_at is None


def test_an_officer_says_who_may_vote_until_voting_begins(app: Flask, roll: int) -> None:
    slug = open_budget(app)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    where = f"/en/office/budgets/{slug}/who"
    assert "Voting has begun" in page(send(officer, where, where, who="census", age="16"), 409)
    with app.app_context():
        now = clock.now()
        process = budgets.get_poll(slug, drafts=True).process
        processes.set_dates("shell", process, now + timedelta(days=1), now + timedelta(days=2))
        db.session.commit()
    for age in ("-1", "x", "99"):
        assert 'href="#age"' in page(send(officer, where, where, who="census", age=age), 422)
    assert send(officer, where, where, who="census", age="16").status_code == 303
    with app.app_context():
        assert budgets.get_poll(slug).process.who_may_vote == Who(True, 16, list_id=roll)
    assert "16 or older" in page(officer.get(f"/en/office/budgets/{slug}"))


def test_failed_checks_and_answered_requests_are_forgotten_after_their_time(app: Flask, roll: int) -> None:
    someone = person_of(app, "zoe@valclair.example")
    with app.app_context():
        long_ago = clock.now() - timedelta(days=400)
        db.session.add(FailedCheck(person_id=someone, at=long_ago))
        db.session.add(
            CorrectionRequest(
                person_id=someone, message="Old", made_at=long_ago, answer="Yes", answered_at=long_ago
            )
        )
        service.ask(someone, "New")
        db.session.commit()
        jobs.forget()
        assert (count(FailedCheck), count(CorrectionRequest), queries.count_waiting()) == (0, 1, 1)
