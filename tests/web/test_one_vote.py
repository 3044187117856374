"""A36: one person of a census list has one ballot, whichever accounts are theirs, one after the other or at the same moment."""

from __future__ import annotations

import importlib
import threading
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, func, select, text, update

from app.ballots import jobs as ballot_jobs
from app.ballots import keeping
from app.ballots.models import HopperBallot, RollEntry
from app.budgets import service as budgets
from app.budgets.rules import Choices
from app.census import jobs as census_jobs
from app.census import queries as census_queries
from app.census import retention
from app.census import service as census
from app.census.models import CensusCertificate, CensusList, CensusMatch, CensusTick
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.core.spelling import normalized
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.errors import NotReady, WrongDates
from app.processes.rules import Who
from app.segment_builder import service as segments
from app.segments import rules
from app.verification import service as verification
from app.verification.errors import VotedElsewhere
from app.verification.rules import Claim
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token_of
from tests.web.leavers import erase_all, let_pass
from tests.web.rolls import bring, make_list, row, town
from tests.web.towns import close, open_budget, project_ids

pytestmark = pytest.mark.both_databases

BY_ONE_LIST = importlib.import_module("app.migrations.0022_who_votes_by_one_list")
MIGRATION = importlib.import_module("app.migrations.0020_census_ticks")
CHECK, DESK = "/en/account/census", "/en/office/census/desk"
BORN = date(1930, 1, 1) + timedelta(days=7 * 37)


def described(number: int, born: date) -> dict[str, str]:
    """What somebody types about the person of this number."""
    day = {"born-day": str(born.day), "born-month": str(born.month), "born-year": str(born.year)}
    return {"number": f"N-{number:05}", "family": f"Núñez-{number}", **day}


ADULT = described(7, BORN)
OTHER = described(8, BORN + timedelta(days=37))
CHILD = described(500, date(2020, 5, 1))


def census_vote(app: Flask, who: Who | None = None) -> str:
    """An open vote for those on the list who are 16."""
    slug = open_budget(app)
    with app.app_context():
        processes.get_process(slug).who = str(who or Who(True, 16, list_id=1))
        db.session.commit()
    return slug


def vote(app: Flask, client: FlaskClient, slug: str) -> int:
    """Cast a ballot; the status of the answer."""
    form = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
    return client.post(f"/en/budgets/{slug}/ballot/confirm", data=form).status_code


def count(table: type) -> int:
    """How many rows a table has; inside an app context."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def ballots(app: Flask) -> int:
    """How many ballots there are, and as many on the roll."""
    with app.app_context():
        assert count(RollEntry) == count(HopperBallot)
        return count(RollEntry)


@pytest.fixture
def roll(app: Flask) -> int:
    """A list with adults and a child."""
    with app.app_context():
        target = make_list()
        bring(target, town(40) + (row(500, birth="01/05/2020") + "\n").encode())
        return target.id


@pytest.fixture
def voted(app: Flask, roll: int) -> tuple[str, FlaskClient]:
    """A vote by the list, and who has voted in it as the adult."""
    slug = census_vote(app)
    one = signed_in(app, "one@x.example")
    assert send(one, CHECK, CHECK, **ADULT).status_code == 303
    assert vote(app, one, slug) == 303
    return slug, one


def test_who_has_voted_does_not_become_another_person_meanwhile(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    slug, one = voted
    for other in (CHILD, OTHER):
        html = page(send(one, CHECK, CHECK, **other), 409)
        assert "has voted as another person of the list" in html
    two = signed_in(app, "two@x.example")
    assert send(two, CHECK, CHECK, **ADULT).status_code == 422
    assert vote(app, two, slug) == 403
    assert ballots(app) == 1


def test_nor_does_an_officer_make_them_another_person(app: Flask, voted: tuple[str, FlaskClient]) -> None:
    officer = signed_in(app, "officer@x.example", Role.OFFICER)
    html = page(send(officer, DESK, DESK, **OTHER, email="one@x.example"), 409)
    assert "has voted as another person of the list" in html
    assert send(officer, DESK, DESK, **ADULT, email="one@x.example").status_code == 303
    with app.app_context():
        assert db.session.scalars(select(CensusMatch.level)).all() == [3]


def test_an_erased_account_leaves_no_second_vote_at_the_desk(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    slug, one = voted
    answer = one.post("/en/account/erasure", data={"typed": "one@x.example", "csrf_token": token_of(one)})
    assert answer.status_code == 303
    let_pass(app)
    erase_all(app)
    officer = signed_in(app, "officer@x.example", Role.OFFICER)
    form = {**ADULT, "email": "two@x.example", "takes_over": "yes"}
    html = page(send(officer, DESK, DESK, **form), 409)
    assert "If that account was deleted, come back once the vote is counted." in html
    close(app, slug)
    erase_all(app)
    assert send(officer, DESK, DESK, **form).status_code == 303


def test_a_second_ballot_for_the_same_person_is_refused_by_the_database(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    """Whatever way the match went: here behind the site's back."""
    slug, one = voted
    two = signed_in(app, "two@x.example")
    second = person_of(app, "two@x.example")
    with app.app_context():
        db.session.execute(update(CensusMatch).values(person_id=second))
        db.session.commit()
    form = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(two)}
    html = page(two.post(f"/en/budgets/{slug}/ballot/confirm", data=form), 409)
    assert "A vote was cast already for the person of the list" in html
    assert ballots(app) == 1
    assert vote(app, one, slug) == 303, "who is on the roll is shown the confirmation"
    assert ballots(app) == 1


def test_a_list_by_which_people_have_voted_is_deleted_after_the_count(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    slug, _ = voted
    with app.app_context():
        yesterday = clock.today() - timedelta(days=1)
        db.session.execute(update(CensusList).values(kept_until_on=yesterday))
        db.session.commit()
        census_jobs.end_lists()
        assert (count(CensusList), count(CensusMatch), count(CensusCertificate)) == (1, 1, 0)
    officer, told = signed_in(app, "officer@x.example", Role.OFFICER), "“Roll” should be deleted by now"
    assert told in page(officer.get("/en/office/census"))
    close(app, slug)
    with app.app_context():
        assert count(CensusTick) == 0
        census_jobs.end_lists()
        assert (count(CensusList), count(CensusMatch), count(CensusCertificate)) == (0, 0, 1)
    assert told not in page(officer.get("/en/office/census"))


def test_a_match_is_not_taken_over_while_its_ballot_is_on_its_way(app: Flask, roll: int) -> None:
    """PostgreSQL: the ballot is in flight, not committed, when the officer's request comes."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite writes one at a time")
    one = person_of(app, "one@x.example")
    slug = census_vote(app)
    chosen = Choices((project_ids(app, slug)["7"],))
    claim = Claim("N-00007", normalized("Núñez-7"), "", BORN)
    with app.app_context():
        assert verification.check(one, claim, "n")
        db.session.commit()
    cast, waited = threading.Event(), threading.Event()
    seen: list[bool] = []

    def voter() -> None:
        with app.app_context(), app.test_request_context("/en/"):
            budgets.cast(slug, one, lambda _: chosen, bytes(32))
            cast.set()
            seen.append(waited.wait(1))
            db.session.commit()

    thread = threading.Thread(target=voter)
    thread.start()
    cast.wait(10)
    with app.app_context(), pytest.raises(VotedElsewhere):
        verification.verify_at_desk("person:9", claim, "two@x.example", "en", takes_over=True)
    waited.set()
    thread.join()
    assert seen == [False], "the officer's request waited for the ballot"
    assert ballots(app) == 1


@pytest.fixture
def two_lists(app: Flask, roll: int) -> tuple[FlaskClient, FlaskClient]:
    """Browsers of two accounts of one person: one known by the first list, the other by a second one with the same people."""
    with app.app_context():
        second = make_list("Participants").id
        bring(census_queries.get_list(second), town(40))
    one, two = (signed_in(app, f"{name}@x.example") for name in ("one", "two"))
    assert send(one, CHECK, CHECK, **ADULT).status_code == 303
    assert (
        send(two, f"{CHECK}?list={second}", f"{CHECK}?list={second}", **ADULT, list=str(second)).status_code
        == 303
    )
    with app.app_context():
        known = select(CensusMatch.list_id).order_by(CensusMatch.person_id)
        assert db.session.scalars(known).all() == [roll, second]
    return one, two


@pytest.mark.parametrize("by_segment", [False, True])
def test_who_stands_on_two_lists_with_two_accounts_votes_once(
    app: Flask, two_lists: tuple[FlaskClient, FlaskClient], by_segment: bool
) -> None:
    one, two = two_lists
    who = Who(True, 16, list_id=1)
    if by_segment:
        age = rules.parse({"field": "age", "relation": "between", "from": 16})
        with app.app_context(), app.test_request_context("/en/"):
            who = Who(segment=segments.create("shell", "Adults", "to vote", age).pin, list_id=1)
            db.session.commit()
    slug = census_vote(app, who)
    assert vote(app, two, slug) == 403
    html = page(two.get(f"/en/budgets/{slug}/ballot"), 403)
    assert f'href="{CHECK}?list=1"' in html
    assert "So far the site knows you on the list “Participants”." in page(two.get(f"{CHECK}?list=1"))
    assert vote(app, one, slug) == 303
    assert send(two, CHECK, CHECK, **ADULT, list="1").status_code == 422, "the account before has it"
    assert vote(app, two, slug) == 403
    assert ballots(app) == 1


def test_who_stands_on_two_lists_with_one_account_is_known_on_the_one_that_decides(
    app: Flask, two_lists: tuple[FlaskClient, FlaskClient]
) -> None:
    one, two = two_lists
    slug = census_vote(app, Who(True, 16, list_id=2))
    assert "Check first" in page(one.get("/en/account/now"))
    assert f'href="{CHECK}?list=2"' in page(one.get("/en/account/now"))
    assert send(one, CHECK, CHECK, **OTHER, list="2").status_code == 303
    assert vote(app, one, slug) == 303
    html = page(send(one, CHECK, CHECK, **ADULT, list="1"), 409)
    assert "has voted as another person of the list" in html
    assert (vote(app, two, slug), ballots(app)) == (303, 2)


def test_an_officer_names_the_list_that_decides_and_nothing_opens_without(
    app: Flask, two_lists: tuple[FlaskClient, FlaskClient]
) -> None:
    slug, officer = open_budget(app), signed_in(app, "officer@x.example", Role.OFFICER)
    where = f"/en/office/budgets/{slug}/who"
    with app.app_context():
        process, now = processes.get_process(slug), clock.now()
        process_service.set_dates("shell", process, now + timedelta(days=1), now + timedelta(days=2))
        db.session.commit()
    for wrong in ("", "9", "x"):
        html = page(send(officer, where, where, who="census", age="200", list=wrong), 422)
        assert 'href="#list"' in html
        assert 'href="#age"' in html
    assert send(officer, where, where, who="census", age="16", list="2").status_code == 303
    assert "Which list: “Participants”." in page(officer.get(f"/en/budgets/{slug}"))
    with app.app_context():
        process = processes.get_process(slug)
        assert process.who == "census:16:2"
        retention.delete_list("shell", census_queries.get_list(2))
        with app.test_request_context("/en/"), pytest.raises(NotReady):
            process_service.open_now("shell", process)
        db.session.rollback()
        assert process_service.with_list(Who(True), by_list=True).list_id == 0, "two lists"
        retention.delete_list("shell", census_queries.get_list(2))
        assert process_service.with_list(Who(True), by_list=True).list_id == 1


def test_a_vote_ends_before_the_time_of_its_list_is_over(app: Flask, voted: tuple[str, FlaskClient]) -> None:
    slug, _ = voted
    with app.app_context(), app.test_request_context("/en/"):
        process, now = processes.get_process(slug), clock.now()
        process_service.open_now("shell", process)
        begun = process.phases[0].starts_at
        census.keep_until("shell", census_queries.get_list(1), clock.local(now + timedelta(days=3)).date())
        process_service.set_dates("shell", process, begun, now + timedelta(days=3))
        with pytest.raises(WrongDates) as refused:
            process_service.set_dates("shell", process, begun, now + timedelta(days=5))
        assert set(refused.value.fields) == {"ends"}
        census_queries.get_list(1).kept_until_on = clock.local(now - timedelta(days=1)).date()
        with pytest.raises(NotReady):
            process_service.publish("shell", process)
        process_service.close_now("shell", process)
        assert process.phases[0].ends_at <= clock.now()


def test_a_vote_from_before_goes_by_the_list_by_which_most_have_voted(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    slug, _ = voted
    with app.app_context():
        smaller = make_list("Participants").id
        before = {"census:16": "census:16:1", "census": "census:0:1", "segment:7:2": "segment:7:2:1"}
        before |= {
            kept: kept for kept in ("confirmed-address", f"census:0:{smaller}", f"segment:7:2:{smaller}")
        }
        for who, after in before.items():
            processes.get_process(slug).who = who
            db.session.commit()
            BY_ONE_LIST.name_lists(db.session.connection())
            db.session.commit()
            assert processes.get_process(slug).who == after


def test_a_vote_for_everybody_ticks_nobody_off(app: Flask, roll: int) -> None:
    slug = open_budget(app)
    one = signed_in(app, "one@x.example")
    assert send(one, CHECK, CHECK, **ADULT).status_code == 303
    assert vote(app, one, slug) == 303
    with app.app_context():
        ballot_jobs.tick_off_voters()
        assert count(CensusTick) == 0


def ticked() -> list[tuple[object, ...]]:
    """As whom somebody has voted; inside an app context."""
    rows = db.session.execute(select(CensusTick.process_id, CensusTick.list_id, CensusTick.identity_hash))
    return [tuple(one) for one in rows.all()]


def test_who_votes_by_the_release_before_during_an_upgrade_is_ticked_off_by_the_worker(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    slug, _ = voted
    with app.app_context():
        before = ticked()
        for _ in range(2):
            db.session.execute(delete(CensusTick))  # as a release that knows none leaves it
            db.session.commit()
            for _ in range(2):
                ballot_jobs.tick_off_voters()
                assert ticked() == before
    close(app, slug)
    with app.app_context():
        ballot_jobs.tick_off_voters()
        keeping.tick_off_voters(processes.get_process(slug).id)
        assert ticked() == []


def test_who_had_voted_before_there_were_ticks_gets_one_by_the_migration(
    app: Flask, voted: tuple[str, FlaskClient]
) -> None:
    with app.app_context():
        before = ticked()
        assert len(before) == 1
        db.session.execute(delete(CensusTick))
        db.session.execute(text(MIGRATION.TICK_WHO_HAS_VOTED[db.engine.dialect.name]))
        assert ticked() == before
