"""A vote that is cast while the lists get another pepper: the renewal waits for it and takes its tick along."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.ballots import queries as ballots
from app.ballots.errors import VotedAlready
from app.budgets import service as budgets
from app.budgets.rules import Choices
from app.census.errors import KeysRenewed
from app.census.models import CensusMatch, CensusTick
from app.core.db import db
from app.processes import queries as processes
from tests.web.callers import person_of, signed_in
from tests.web.forms import send
from tests.web.peppers import NEW, pepper, renew
from tests.web.rolls import bring, make_list, town
from tests.web.towns import open_budget, project_ids

pytestmark = pytest.mark.both_databases

CHECK = "/en/account/census"
HER = {"number": "N-00007", "family": "Núñez-7", "born-day": "17", "born-month": "9", "born-year": "1930"}


@pytest.fixture
def vote(app: Flask) -> tuple[str, int, Choices]:
    """A vote by the list, somebody of the list, and what she chooses; the site has another pepper by now."""
    if not app.config["CIVIC"].database_url.startswith("postgresql"):
        pytest.skip("SQLite lets one write at a time")
    with app.app_context():
        bring(make_list(), town(20))
    slug = open_budget(app)
    assert send(signed_in(app, "zoe@valclair.example"), CHECK, CHECK, **HER).status_code == 303
    with app.app_context():
        processes.get_process(slug).who = "census:0:1"
        db.session.commit()
    chosen = Choices((project_ids(app, slug)["7"],))
    pepper(app, NEW)
    return slug, person_of(app, "zoe@valclair.example"), chosen


def test_a_renewal_waits_for_a_ballot_and_takes_its_tick_along(
    app: Flask, vote: tuple[str, int, Choices]
) -> None:
    slug, voter, chosen = vote
    begun, done = threading.Event(), threading.Event()

    def renewing() -> None:
        with app.app_context():
            begun.set()
            renew()
        done.set()

    thread = threading.Thread(target=renewing)
    second = person_of(app, "noe@valclair.example")
    with app.app_context(), app.test_request_context("/en/"):
        budgets.cast(slug, voter, lambda _: chosen, bytes(32))
        before = db.session.scalars(select(CensusTick.identity_hash)).one()
        thread.start()
        assert begun.wait(10)
        assert not done.wait(0.5), "it must wait for the ballot"
        db.session.commit()
        thread.join(30)
        db.session.rollback()
        hers = select(CensusMatch.identity_hash).where(CensusMatch.person_id == voter)
        assert before != db.session.scalars(select(CensusTick.identity_hash)).one()
        assert db.session.scalars(hers).one() == db.session.scalars(select(CensusTick.identity_hash)).one()
        db.session.execute(update(CensusMatch).where(CensusMatch.person_id == voter).values(person_id=second))
        db.session.commit()
        with pytest.raises(VotedAlready):
            budgets.cast(slug, second, lambda _: chosen, bytes(32))
        db.session.rollback()
        assert ballots.count(processes.get_process(slug).id).roll == 1


def test_who_votes_in_the_middle_of_a_renewal_is_asked_to_come_back(
    app: Flask, vote: tuple[str, int, Choices]
) -> None:
    slug, voter, chosen = vote
    with app.app_context(), app.test_request_context("/en/"), db.engine.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(hashtext('civic.census.keys'), 0)"))
        with pytest.raises(KeysRenewed):
            budgets.cast(slug, voter, lambda _: chosen, bytes(32))
        db.session.rollback()
        assert ballots.count(processes.get_process(slug).id).roll == 0
