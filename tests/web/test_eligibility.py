"""A version of a segment says who may vote: chosen by an officer, read by residents, held on to, asked in one statement."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.budgets import queries as budgets
from app.census import matching
from app.census.matching import Sought
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.people import tags
from app.processes import service as processes
from app.processes.rules import Who
from app.segment_builder import service
from app.segments import queries, rules
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.rolls import bring, file_of, make_list, row
from tests.web.statements import counted
from tests.web.towns import open_budget, project_ids

JURY = {"field": "tag", "relation": "has", "tag": "jury"}
NOT_VOTED = {"not": {"field": "activity", "relation": "ever", "kind": "voted", "process": 1}}
PLACE = {"field": "district", "relation": "one-of", "districts": ["Señorío"]}
YOUNG = {"all": [PLACE, {"field": "age", "relation": "between", "from": 16, "to": 25}]}


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def saved(app: Flask, raw: dict[str, Any], name: str = "The jury") -> int:
    with app.app_context(), app.test_request_context("/en/"):
        made = service.create("shell", name, "to decide", rules.parse(raw))
        db.session.commit()
        return made.segment.id


def pinned(app: Flask, raw: dict[str, Any]) -> str:
    """An open budget for the first version of a segment with this rule."""
    slug, segment_id = open_budget(app), saved(app, raw)
    with app.app_context():
        budgets.get_poll(slug, drafts=True).process.who = f"segment:{segment_id}:1:1"
        db.session.commit()
    return slug


def is_tagged(app: Flask, address: str) -> FlaskClient:
    """A browser of somebody in the jury."""
    client, number = signed_in(app, address), person_of(app, address)
    with app.app_context():
        tags.tag("shell", people.get_person(number), "jury")
        db.session.commit()
    return client


def confirm(client: FlaskClient, app: Flask, slug: str) -> Any:
    project = str(project_ids(app, slug)["7"])
    return send(client, f"/en/budgets/{slug}/ballot/confirm", "/en/account", project=project)


def test_an_officer_chooses_a_version_and_later_versions_change_nothing(
    app: Flask, officer: FlaskClient
) -> None:
    slug, segment_id = open_budget(app), saved(app, JURY)
    where = f"/en/office/budgets/{slug}/who"
    with app.app_context():
        now = clock.now()
        process = budgets.get_poll(slug, drafts=True).process
        processes.set_dates("shell", process, now + timedelta(days=1), now + timedelta(days=2))
        db.session.commit()
    html = page(officer.get(where))
    assert "Whoever is in the segment “The jury”, version 1" in html
    assert "changing the segment later does not change who may vote" in html
    assert send(officer, where, where, who=f"segment:{segment_id}:1").status_code == 303
    with app.app_context(), app.test_request_context("/en/"):
        assert budgets.get_poll(slug).process.may_vote == Who(segment=(segment_id, 1))
        service.change(
            "shell", queries.get_described(segment_id), "wider", rules.parse({"any": [JURY, PLACE]})
        )
        process = budgets.get_poll(slug, drafts=True).process
        processes.open_now("shell", process)
        db.session.commit()
    html = page(officer.get(where))
    assert f'value="segment:{segment_id}:1" checked' in html
    assert f'value="segment:{segment_id}:2"' in html
    assert "Voting has begun" in page(send(officer, where, where, who=f"segment:{segment_id}:2"), 409)
    for lang, words in READINGS.items():
        assert words in page(officer.get(f"/{lang}/budgets/{slug}"))
    html = page(officer.get(f"/en/office/segments/{segment_id}"))
    assert "Version 1 says who may vote in:" in html
    assert confirm(is_tagged(app, "zoe@valclair.example"), app, slug).status_code == 303


READINGS = {
    "en": "on the day of voting: has the tag “jury”.",
    "fr": "le jour du vote\u00a0: a l’étiquette «\u202fjury\u202f».",
    "es": "el día de la votación: tiene la etiqueta «jury».",
}


@pytest.mark.parametrize(
    ("raw", "named"),
    [
        (NOT_VOTED, "voted in"),
        ({"field": "engagement", "relation": "at-least", "engagement": "reader"}, "at least this engagement: reader"),
        ({"field": "registered", "relation": "in-last", "days": 30}, "opened the account in the last 30 days"),
        ({"field": "language", "relation": "is", "language": "fr"}, "reads this site in: French"),
        ({"all": []}, "it is everybody"),
    ],
)  # fmt: skip
def test_what_changes_while_people_vote_cannot_say_who_may(
    app: Flask, officer: FlaskClient, raw: dict[str, Any], named: str
) -> None:
    slug, segment_id = open_budget(app), saved(app, raw)
    where = f"/en/office/budgets/{slug}/who"
    html = page(officer.get(where))
    assert (
        "Not offered, because they ask for what changes while people vote, or for nothing: The jury." in html
    )
    html = page(send(officer, where, where, who=f"segment:{segment_id}:1"), 422)
    assert "This segment cannot decide who may take part" in html
    assert named in html
    with app.app_context():
        assert budgets.get_poll(slug).process.may_vote == Who()


@pytest.mark.parametrize(
    ("chosen", "status"), [("", 422), ("everybody", 422), ("segment:x:1", 422), ("segment:7:1", 404)]
)
def test_an_answer_that_is_none_widens_nothing(
    app: Flask, officer: FlaskClient, chosen: str, status: int
) -> None:
    slug = open_budget(app)
    with app.app_context():
        budgets.get_poll(slug, drafts=True).process.who = "census:16"
        db.session.commit()
    where = f"/en/office/budgets/{slug}/who"
    assert 'href="#who"' in page(send(officer, where, where, who=chosen), status)
    with app.app_context():
        assert budgets.get_poll(slug).process.may_vote == Who(True, 16)


def test_who_is_not_in_the_segment_reads_what_is_missing_and_cannot_vote(app: Flask) -> None:
    slug = pinned(app, {"all": [JURY, YOUNG]})
    client = is_tagged(app, "kim@valclair.example")
    for answer in (client.get(f"/en/budgets/{slug}/ballot"), confirm(client, app, slug)):
        html = page(answer, 403)
        assert "<li>lives in: Señorío</li><li>is 16 to 25 years old</li>" in html
        assert "<li>has the tag" not in html
        assert "Check whether you are on the list" in html
    for where in ("/en/", "/en/account/now"):
        html = page(client.get(where))
        assert "Check first" in html
        assert "Open for you" not in html
    someone = signed_in(app, "jon@valclair.example")
    assert "<li>has the tag “jury”</li>" in page(someone.get(f"/en/budgets/{slug}/ballot"), 403)


def test_whom_no_list_can_help_reads_that_the_vote_is_for_others(app: Flask) -> None:
    pinned(app, {"all": [JURY]})
    for address, status in (
        ("kim@valclair.example", "Open for you"),
        ("jon@valclair.example", "Not for you"),
    ):
        client = signed_in(app, address) if status == "Not for you" else is_tagged(app, address)
        html = page(client.get("/en/account/now"))
        assert status in html
        assert ("only for some people: has the tag “jury”." in html) == (status == "Not for you")


def test_the_census_of_the_day_decides_not_the_one_of_next_month(app: Flask) -> None:
    slug = pinned(app, PLACE)
    client = signed_in(app, "kim@valclair.example")
    person_id = person_of(app, "kim@valclair.example")
    with app.app_context():
        target = make_list()
        bring(target, file_of(row(1), row(2)))
        born = date(1930, 1, 1) + timedelta(days=37)
        identity = matching.find_person(
            matching.hold_lists(), Sought("N-00001", "nunez 1", "", born), clock.today()
        )
        assert identity is not None
        assert matching.match(person_id, identity, 2, "self")
        next_month = clock.today() + timedelta(days=30)
        bring(target, file_of(row(1, district="Elsewhere"), row(2)), on=next_month)
        db.session.commit()
        rule = rules.parse(PLACE)
        assert (queries.count(rule), queries.has(rule, person_id)) == (1, True)
        entry = queries.find_standing(person_id)
        assert entry is not None
        assert entry.district == "Señorío"
        (found,) = queries.describe_people([people.get_person(person_id)])
        assert found.district == "Señorío"
    assert confirm(client, app, slug).status_code == 303


def test_a_vote_asks_the_database_three_times_more_and_other_votes_not_at_all(app: Flask) -> None:
    asked = {}
    for name, slug in (("open", open_budget(app)), ("segment", pinned(app, {"all": [JURY, {"not": YOUNG}]}))):
        for voter in ("ana", "ben"):  # the first finds the rule, which never changes
            client = is_tagged(app, f"{voter}-{name}@valclair.example")
            page(client.get(f"/en/budgets/{slug}"))
            with counted(app) as seen:
                assert confirm(client, app, slug).status_code == 303
            asked[name] = len([one for one in seen if "SAVEPOINT" not in one])
    # Whether they are in it, and who they are on a list: held, so that nobody else votes as them meanwhile (A36).
    assert asked["segment"] <= asked["open"] + 3, asked
