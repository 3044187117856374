"""Who takes part beside the census, through the officers' pages, on both databases; and the segment made by one click."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.census.models import CensusEntry, CensusMatch
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.processes import queries as processes
from app.segments import queries
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import token
from tests.web.rolls import bring, file_of, make_list, row
from tests.web.towns import open_budget
from tests.web.voters import make_people

EVERYBODY = 120


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


@pytest.fixture
def slug(app: Flask) -> str:
    """A vote in a town of two quarters with as many people each, all with accounts; Gare hardly votes."""
    slug = open_budget(app)
    with app.app_context():
        target = make_list()
        bring(target, file_of(*(row(at, district="Gare" if at % 2 else "Centre") for at in range(EVERYBODY))))
        process = processes.get_process(slug)
        entries = db.session.scalars(select(CensusEntry).order_by(CensusEntry.id)).all()
        for at, person in enumerate(make_people(EVERYBODY)):
            match = CensusMatch(
                person_id=person, list_id=target.id, level=2, way="self", matched_at=clock.now()
            )
            match.identity_hash = entries[at].identity_hash
            db.session.add(match)
            if at < 80 if entries[at].district == "Centre" else at < 24:
                people.note_activity(person, "voted", process.id)
        for person in make_people(3, start=EVERYBODY):
            people.note_activity(person, "voted", process.id)
        db.session.commit()
    return slug


def test_the_page_compares_districts_and_counts_who_is_on_no_list(officer: FlaskClient, slug: str) -> None:
    html = page(officer.get(f"/en/office/processes/{slug}/representation"))
    assert re.search(r"<dd>52</dd>", html)
    assert re.search(r"<dd>3</dd>", html)
    assert "Gare: 50% of the census, here 23%" in html
    assert "Centre: 50% of the census, here 77%" in html
    assert html.count("Make a segment of those who are missing") >= 1
    assert "Too few people to compare groups" in html, "there are only women in this town"


def test_one_click_makes_a_segment_of_who_is_missing_and_a_second_click_makes_no_other(
    app: Flask, officer: FlaskClient, slug: str
) -> None:
    here = f"/en/office/processes/{slug}/representation"
    form = {"dimension": "district", "place": "Gare", "csrf_token": token(page(officer.get(here)))}
    first, second = (officer.post(here, data=form) for _ in range(2))
    assert (first.status_code, first.location) == (303, second.location)
    html = page(officer.get(first.location))
    assert "lives in: Gare" in html
    assert "did not vote in “Valclair 2027”" in html
    with app.app_context():
        assert queries.count(queries.get_described(1).rule) == EVERYBODY // 2 - 12
        assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.act == "segment.save")).all()) == 1


def test_a_segment_is_compared_too_and_its_missing_are_outside_it(
    app: Flask, officer: FlaskClient, slug: str
) -> None:
    here = f"/en/office/processes/{slug}/representation"
    form = {"dimension": "district", "place": "Gare", "csrf_token": token(page(officer.get(here)))}
    made = officer.post(here, data=form).location
    html = page(officer.get(f"{made}/representation"))
    assert "Too few people to compare groups" in html
    form |= {"place": "Centre"}
    again = page(officer.get(officer.post(f"{made}/representation", data=form).location))
    assert "lives in: Centre" in again
    with app.app_context():
        assert queries.count(queries.get_described(2).rule) == EVERYBODY // 2


def test_what_is_no_group_or_no_list_is_refused(officer: FlaskClient, slug: str) -> None:
    here = f"/en/office/processes/{slug}/representation"
    good = {"csrf_token": token(page(officer.get(here)))}
    for wrong in (
        {"dimension": "colour", "place": "x"}, {"dimension": "age", "place": "99"}, {"dimension": "sex", "place": "y"},
        {"dimension": "age", "place": "-1"}, {"dimension": "district"},
    ):  # fmt: skip
        page(officer.post(here, data=good | wrong), 404)
    page(officer.get(f"{here}?list=99"), 404)
    page(officer.get("/en/office/processes/none/representation"), 404)


def test_without_a_census_the_page_says_so(app: Flask, officer: FlaskClient) -> None:
    slug = open_budget(app)
    assert "There is no census list yet" in page(officer.get(f"/en/office/processes/{slug}/representation"))


def test_women_of_16_to_25_in_two_districts_who_registered_and_did_not_vote(
    app: Flask, officer: FlaskClient
) -> None:
    """The question of the article behind this project, asked with buttons and reckoned a second time by hand."""
    slug = open_budget(app)
    wanted = set()
    with app.app_context():
        target, year = make_list(), clock.now().year
        places, ages = ("Gare", "Centre", "Señorío"), (15, 17, 24, 27)
        sorts = [(sex, place, age) for sex in "FM" for place in places for age in ages]
        rows = [
            row(at, sex=sex, district=place, birth=f"01/01/{year - age}")
            for at, (sex, place, age) in enumerate(sorts)
        ]
        bring(target, file_of(*rows))
        process = processes.get_process(slug)
        entries = db.session.scalars(select(CensusEntry).order_by(CensusEntry.id)).all()
        for at, (person, entry) in enumerate(zip(make_people(len(sorts)), entries, strict=True)):
            match = CensusMatch(
                person_id=person, list_id=target.id, level=2, way="self", matched_at=clock.now()
            )
            match.identity_hash = entry.identity_hash
            db.session.add(match)
            if at % 3:
                people.note_activity(person, "registered")
            if at % 5 == 0:
                people.note_activity(person, "voted", process.id)
            if entry.sex == "f" and entry.district != "Señorío" and 16 <= year - entry.birth_year <= 25:
                wanted |= {person} if at % 3 and at % 5 else set()
        number = process.id
        db.session.commit()
    assert wanted
    new = "/en/office/segments/new"
    form = {
        "csrf_token": token(page(officer.get(new))), "do": "save", "name": "Young women", "purpose": "a letter",
        "n.what": "all", "n-0.what": "sex:is", "n-0.sex": "f", "n-1.what": "age:between", "n-1.from": "16", "n-1.to": "25",
        "n-2.what": "district:one-of", "n-2.districts": ["Gare", "Centre"],
        "n-3.what": "activity:ever", "n-3.kind": "registered", "n-3.process": "",
        "n-4.what": "activity:ever", "n-4.kind": "voted", "n-4.process": str(number), "n-4.not": "1",
    }  # fmt: skip
    html = page(officer.get(officer.post(new, data=form).location))
    assert f"<dd>{len(wanted)}</dd>" in html
    found = {int(one) for one in re.findall(r'/office/people/(\d+)"', html)}
    assert found == wanted
