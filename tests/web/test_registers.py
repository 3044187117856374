"""The register elsewhere: who is not on the site's lists waits for its answer, whatever is wrong with it, and loses nothing."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.ballots import queries as ballots
from app.budgets import queries as budgets
from app.census import queries as census
from app.census.models import CensusEntry, CensusMatch
from app.census_imports.errors import FilledByRegister
from app.core import clock
from app.core.db import db
from app.registers.models import WaitingCheck
from app.registers.rules import GIVES_UP, Breaker
from app.settings import SettingsFault
from app.verification import service, settling
from app.verification.models import FailedCheck
from app.verification.rules import Claim
from tests.conftest import make_settings
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.dumps import stolen
from tests.web.forms import send
from tests.web.letters import texts_to
from tests.web.register_server import FAILURES, RegisterServer
from tests.web.rolls import bring, make_list, town
from tests.web.towns import open_budget, project_ids

CHECK = "/en/account/census"
HER = {"number": "X-12", "family": "Ibáñez", "born-day": "17", "born-month": "9", "born-year": "1990"}
LOCAL = {"number": "N-00002", "family": "Núñez-2", "born-day": "16", "born-month": "3", "born-year": "1930"}
ZOE = "zoe@valclair.example"


@pytest.fixture
def register(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RegisterServer]:
    """A register that knows her, a site that asks it, and an ordinary list beside."""
    monkeypatch.setattr(settling, "breaker", Breaker())
    with RegisterServer(tmp_path).serving() as server:
        server.people["X-12"] = {"id": "R-7", "dni": "X-12", "apellidos": "ibanez", "barrio": "Señorío"}
        url = app.config["CIVIC"].database_url
        app.config["CIVIC"] = make_settings(url, tmp_path, **server.settings())
        with app.app_context():
            bring(make_list(), town(4))
            make_list("Register")
        yield server


def work(app: Flask, *, at_once: bool = True) -> int:
    """The worker's run; `at_once`: as if the pauses were over."""
    with app.app_context():
        if at_once:
            settling.breaker = Breaker()
            db.session.execute(update(WaitingCheck).values(next_at=clock.now() - timedelta(seconds=1)))
            db.session.commit()
        return settling.settle_waiting()


def ask(client: FlaskClient, **changed: str) -> None:
    """Send the check; the page then says that it waits."""
    assert send(client, CHECK, CHECK, **{**HER, **changed}).status_code == 303
    assert "Your check is waiting" in page(client.get(CHECK))


def count(table: type) -> int:
    """How many rows a table has."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_whom_the_register_knows_is_on_its_list_and_gets_a_letter(
    app: Flask, register: RegisterServer
) -> None:
    client = signed_in(app, ZOE)
    ask(client)
    with app.app_context():
        kept = b"".join(value for value in stolen() if len(value) > 100)
        assert b"X-12" not in kept
        assert b"baez" not in kept
    assert work(app) == 1
    assert register.asked == [{"dni": "X-12", "apellidos": "ibanez", "given": "", "nacimiento": "1990-09-17"}]
    html = page(client.get(CHECK))
    assert "You are on the list" in html
    assert "Señorío" in html
    assert "you are on the list" in texts_to(app, ZOE)[-1]
    with app.app_context():
        assert (count(CensusMatch), count(WaitingCheck)) == (1, 0)
        assert census.count_entries(census.get_named("Register").id) == 1
    assert work(app) == 0


def test_who_is_known_on_another_list_is_asked_about_only_for_the_register_s_own(
    app: Flask, register: RegisterServer
) -> None:
    client, asked = signed_in(app, ZOE), f"{CHECK}?list=2"
    number = person_of(app, ZOE)
    assert send(client, CHECK, CHECK, **LOCAL).status_code == 303
    assert send(client, CHECK, CHECK, **HER, list="1").status_code == 422
    assert send(client, asked, asked, **HER, list="2").status_code == 303
    assert "Your check is waiting" in page(client.get(asked))
    with app.app_context():
        assert service.refusal_of(number, 0, 2) == "check-waiting"
    assert work(app) == 1
    assert "You are on the list" in page(client.get(asked))
    with app.app_context():
        assert service.refusal_of(number, 0, 2) == ""
        assert service.refusal_of(number, 0, 1) == "on-another-list"


def test_another_account_of_the_same_person_is_answered_like_a_stranger(
    app: Flask, register: RegisterServer
) -> None:
    ask(signed_in(app, ZOE))
    work(app)
    heard = []
    for address, changed in (("double@valclair.example", {}), ("eve@valclair.example", {"number": "X-99"})):
        client = signed_in(app, address)
        ask(client, **changed)
        assert work(app) == 1
        assert "could not find you" in page(client.get(CHECK))
        heard.append(texts_to(app, address)[-1])
    assert heard[0] == heard[1]
    with app.app_context():
        assert (count(CensusMatch), count(CensusEntry), count(FailedCheck)) == (1, 5, 2)


def test_who_is_known_on_an_ordinary_list_as_another_account_waits_like_everybody(
    app: Flask, register: RegisterServer
) -> None:
    assert send(signed_in(app, ZOE), CHECK, CHECK, **LOCAL).status_code == 303
    assert "You are on the list" in page(signed_in(app, ZOE).get(CHECK))
    ask(signed_in(app, "double@valclair.example"), **LOCAL)
    work(app)
    assert "could not find you" in texts_to(app, "double@valclair.example")[-1]


def test_the_register_s_list_holds_no_file_and_a_list_with_a_file_nobody_whom_the_register_knows(
    app: Flask, register: RegisterServer, tmp_path: Path
) -> None:
    with app.app_context(), pytest.raises(FilledByRegister):
        bring(census.get_named("Register"), town(4))
    url = app.config["CIVIC"].database_url
    app.config["CIVIC"] = make_settings(url, tmp_path, **register.settings(remote_census_list="Roll"))
    ask(signed_in(app, ZOE))
    assert work(app) == 0
    with app.app_context():
        assert (count(CensusMatch), count(WaitingCheck)) == (0, 1)
    app.config["CIVIC"] = make_settings(url, tmp_path, **register.settings())
    work(app)
    with app.app_context():
        assert count(CensusMatch) == 1
        app.config["CIVIC"] = make_settings(url, tmp_path)
        with pytest.raises(FilledByRegister):
            bring(census.get_named("Register"), town(4))


def test_two_people_are_nobody(app: Flask, register: RegisterServer) -> None:
    register.mode = "two"
    ask(signed_in(app, ZOE))
    assert work(app) == 1
    assert "could not find you" in texts_to(app, ZOE)[-1]
    with app.app_context():
        assert count(CensusMatch) == 0


@pytest.mark.parametrize("mode", [*FAILURES, "down", "tls", "name", "token", "no-list"])
def test_whatever_is_wrong_with_it_the_check_waits_and_is_settled_when_it_comes_back(
    app: Flask, register: RegisterServer, tmp_path: Path, mode: str
) -> None:
    right = app.config["CIVIC"]
    wrong = {
        "down": {"remote_census_url": "https://localhost:9/x"}, "tls": {"remote_census_ca": ""},
        "name": {"remote_census_url": register.url.replace("localhost", "127.0.0.1")},
        "token": {"remote_census_token": "guessed"}, "no-list": {"remote_census_list": "Nowhere"},
    }.get(mode, {})  # fmt: skip
    app.config["CIVIC"] = dataclasses.replace(right, **wrong)
    register.mode = "yes" if wrong else mode
    client = signed_in(app, ZOE)
    ask(client)
    before = time.monotonic()
    assert work(app) == 0
    assert time.monotonic() - before < 6, "a second is what it may take"
    assert "Your check is waiting" in page(client.get(CHECK))
    if mode == "redirect":
        assert len(register.asked) == 1
    with app.app_context():
        waits = db.session.scalars(select(WaitingCheck)).one()
        assert waits.tries == 1
        assert waits.next_at > clock.now() + timedelta(seconds=5)
        assert count(FailedCheck) == 0
    assert work(app, at_once=False) == 0
    app.config["CIVIC"], register.mode = right, "yes"
    assert work(app) == 1
    assert "You are on the list" in page(client.get(CHECK))


def test_a_ballot_begun_while_the_check_waits_is_kept_not_counted_and_confirmed_after(
    app: Flask, register: RegisterServer
) -> None:
    slug = open_budget(app)
    with app.app_context():
        budgets.get_poll(slug, drafts=True).process.who = "census:0:2"
        db.session.commit()
        assert budgets.get_poll(slug).process.may_vote.on_list
    register.mode, project = "silent", str(project_ids(app, slug)["7"])
    client = signed_in(app, ZOE)
    ask(client)
    work(app)
    for where in ("/en/", "/en/account/now"):
        html = page(client.get(where))
        assert "Your check is waiting" in html
        assert "has not answered yet whether you are on the list" in html
    ballot = f"/en/budgets/{slug}/ballot"
    assert send(client, ballot, ballot, project=project).status_code == 303
    refused = send(client, f"{ballot}/confirm", "/en/account", project=project)
    assert "has not answered yet" in page(refused, 403)
    someone = person_of(app, ZOE)
    with app.app_context():
        assert budgets.get_poll(slug).process.id not in _voted(someone)
    register.mode = "yes"
    assert work(app) == 1
    kept = re.search(rf'<input[^>]*value="{project}"[^>]*>', page(client.get(ballot)))
    assert kept
    assert "checked" in kept[0]
    assert send(client, f"{ballot}/confirm", "/en/account", project=project).status_code == 303
    with app.app_context():
        assert budgets.get_poll(slug).process.id in _voted(someone)


def _voted(person_id: int) -> set[int]:
    return set(ballots.list_voted(person_id, [1, 2, 3]))


def test_after_three_failures_everybody_waits_and_then_one_tries() -> None:
    breaker = Breaker()
    for _ in range(3):
        assert breaker.may_ask(100)
        breaker.note(100, answered=False)
    assert not breaker.may_ask(159)
    assert breaker.may_ask(160)
    breaker.note(160, answered=False)
    assert not breaker.may_ask(219)
    breaker.note(221, answered=True)
    assert breaker.may_ask(221)


def test_a_register_that_is_down_is_asked_three_times_and_not_for_each_of_many(
    app: Flask, register: RegisterServer
) -> None:
    register.mode = "500"
    for number in range(5):
        ask(signed_in(app, f"p{number}@valclair.example"), number=f"X-{number}")
    assert work(app) == 0
    assert len(register.asked) == 3
    assert work(app, at_once=False) == 0
    assert len(register.asked) == 3


def test_after_a_week_without_an_answer_the_check_is_over_and_the_person_is_told(
    app: Flask, register: RegisterServer
) -> None:
    register.mode = "500"
    client = signed_in(app, ZOE)
    ask(client)
    with app.app_context():
        db.session.execute(update(WaitingCheck).values(made_at=clock.now() - GIVES_UP))
        db.session.commit()
    work(app)
    assert "has not answered for a week" in texts_to(app, ZOE)[-1]
    assert "Your check is waiting" not in page(client.get(CHECK))
    with app.app_context():
        assert count(WaitingCheck) == 0


def test_who_was_seen_at_the_desk_meanwhile_stays_at_level_three(
    app: Flask, register: RegisterServer
) -> None:
    ask(signed_in(app, ZOE))
    with app.app_context():
        service.verify_at_desk("person:9", Claim("N-00002", "nunez 2", "", date(1930, 3, 16)), ZOE, "en")
        db.session.commit()
    work(app)
    with app.app_context():
        assert [one.level for one in db.session.scalars(select(CensusMatch))] == [3]
        assert count(WaitingCheck) == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"remote_census_url": "http://padron.example/x"}, "must be an address such as https://"),
        ({"remote_census_url": "https://padron.example/x"}, "CIVIC_REMOTE_CENSUS_LIST is missing"),
        ({"remote_census_fields": "numero=dni"}, "must be pairs"), ({"remote_census_fields": "number="}, "must be pairs"),
        ({"remote_census_seconds": "60"}, "CIVIC_REMOTE_CENSUS_SECONDS"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsFault, match=said):
        make_settings("sqlite:///x", tmp_path, **given)
