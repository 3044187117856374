"""The sample town and the check with a vote that is taken back."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from app.associations import queries as associations
from app.associations.rules import Standing, State
from app.ballots import queries as ballots
from app.budgets import queries as budgets
from app.census import matching
from app.census import queries as census
from app.core import clock
from app.core.db import db
from app.core.spelling import normalized
from app.people import consent
from app.people import queries as people
from app.people.purposes import PURPOSES
from app.processes import queries as processes
from app.sample import commands, roll, town, trial_vote
from app.sample.errors import NotEmpty
from app.verification import service as verification
from app.verification.rules import Claim
from tests.web.conftest import page


def test_the_sample_town_has_an_open_budget_and_a_finished_one_with_results(
    app: Flask, client: FlaskClient
) -> None:
    with app.app_context():
        made = CliRunner().invoke(commands.sample_town)
        assert made.exit_code == 0, made.output
        said = json.loads(made.output)
        assert said["town"] == "Valclair"
        assert said["officer"]["link"].startswith("https://")
        stages = {
            process.slug: processes.stage_of(process) for process in processes.list_processes(published=True)
        }
        assert sorted(stages.values()) == ["finished", "open"]
        assert sum(people.count_people().values()) == town.RESIDENTS + 2
        for slug in stages:
            assert ballots.count(processes.get_process(slug).id).agree
            assert all(project.picture for project in budgets.get_poll(slug).projects)
        register = associations.list_register(associations.Search(), clock.today())
        assert sorted(row.vitality for row in register) == ["dormant", "lively", "lively", "lively", "quiet"]
        (waiting,) = associations.list_in_state(State.APPLIED)
        own = people.find_person_by_email(said["resident"]["email"])
        assert own
        for purpose in PURPOSES:
            assert 100 < len(db.session.scalars(consent.consenting(purpose.key)).all()) < town.RESIDENTS
        (acting,) = [
            one for one in associations.list_memberships(own.id) if one.standing == Standing.DELEGATE
        ]
        acting_name, waiting_name = acting.association.name, waiting.name
        (listed,) = census.list_standing()
        assert listed.entries == town.RESIDENTS + roll.OTHERS + 1
        assert 100 < len(matching.list_matched(listed.list.id)) < 250
        claim = Claim(roll.OWN[0], normalized(roll.OWN[1]), normalized(roll.OWN[2]), roll.OWN[3])
        assert verification.check(own.id, claim, "192.0.2.7"), "the resident can try the check"
        db.session.rollback()
        with pytest.raises(NotEmpty):
            town.build()
        db.session.rollback()
    for lang in ("fr", "es", "en"):
        page(client.get(f"/{lang}/"))
        assert acting_name in page(client.get(f"/{lang}/associations"))
        assert waiting_name not in page(client.get(f"/{lang}/associations"))
        for slug, stage in stages.items():
            page(client.get(f"/{lang}/budgets/{slug}"))
            page(client.get(f"/{lang}/budgets/{slug}/projects"))
            page(client.get(f"/{lang}/budgets/{slug}/results"), 200 if stage == "finished" else 404)
    with app.app_context():
        one = budgets.get_poll(next(iter(stages))).projects[0]
    drawn = client.get(f"/en/budgets/{next(iter(stages))}/pictures/{one.id}")
    assert drawn.mimetype == "image/svg+xml"
    assert drawn.data.startswith(b"<svg")
    drawn.close()


def test_verify_casts_a_vote_and_takes_it_back(app: Flask) -> None:
    with app.app_context():
        checks = trial_vote.run_checks()
        assert [check["ok"] for check in checks] == [True] * 4, checks
        db.session.rollback()
        assert processes.list_processes(published=False) == []
        assert sum(people.count_people().values()) == 0


def test_verify_says_what_is_wrong(app: Flask) -> None:
    with app.app_context():
        from sqlalchemy import text

        db.session.execute(text("DROP TABLE ballot_hopper"))
        db.session.commit()
        made = CliRunner().invoke(commands.verify)
        assert made.exit_code == 1
        said = json.loads(made.output)
        assert {check["name"]: check["ok"] for check in said["checks"]}["vote"] is False
