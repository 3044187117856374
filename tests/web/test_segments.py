"""Segments through the officers' pages: built without scripts, read in words, saved in versions, exported with care (A09)."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape
from sqlalchemy import select

from app.core.audit import AuditEntry
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.people import tags
from app.segment_builder import service
from app.segments import queries
from app.segments.errors import TooManyRows
from app.segments.models import SegmentExport, SegmentVersion
from app.tables import xlsx
from app.tables.sheets import Book
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import token
from tests.web.juries import saved, tagged
from tests.web.site_process import call
from tests.web.towns import open_budget
from tests.web.voters import open_process

pytestmark = pytest.mark.both_databases

NEW = "/en/office/segments/new"
TAGGED = {"n.what": "all", "n-0.what": "tag:has", "n-0.tag": "jury"}


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def send(browser: FlaskClient, path: str, on: str = NEW, **fields: Any) -> Any:
    """A form as the page `on` would send it, with dotted names."""
    fields = {name.replace("__", "."): text for name, text in fields.items()}
    return browser.post(path, data={**fields, "csrf_token": token(page(browser.get(on)))})


def test_a_rule_is_built_by_buttons_alone_and_counts_at_each_step(app: Flask, officer: FlaskClient) -> None:
    tagged(app, 3)
    html = page(officer.get(NEW))
    assert "Everybody who has an account" in html
    html = page(send(officer, NEW, n__what="all", n__new="tag:has", do="add:n"))
    assert 'name="n-0.tag"' in html
    assert "Not complete yet" in html
    html = page(send(officer, NEW, do="count", **TAGGED))
    assert "3 people" in html
    assert "has the tag “jury”" in html
    html = page(send(officer, NEW, do="add:n", **TAGGED, **{"n.new": "any"}))
    assert 'id="n-1"' in html
    html = page(send(officer, NEW, do="add:n-1", **TAGGED, **{"n-1.what": "none", "n-1.new": "language:is"}))
    assert 'name="n-1-0.language"' in html
    html = page(
        send(officer, NEW, do="remove:n-0", **TAGGED, **{"n-1.what": "none", "n-1-0.what": "language:is", "n-1-0.language": "fr"})
    )  # fmt: skip
    assert 'name="n-0-0.language"' in html
    assert "None of this is so:" in html
    assert "reads this site in: French" in html


def test_saving_asks_for_name_and_purpose_and_keeps_what_was_typed(app: Flask, officer: FlaskClient) -> None:
    html = page(send(officer, NEW, do="save", name=" ", purpose="", **TAGGED), 422)
    assert html.count("Give the segment a name") == 2
    assert html.count("Say in a sentence what it is for") == 2
    assert 'value="jury"' in html
    answer = send(officer, NEW, do="save", name="The jury", purpose="to draw a jury", **TAGGED)
    assert answer.status_code == 303
    html = page(officer.get(answer.location))
    assert "to draw a jury" in html
    assert "has the tag “jury”" in html
    html = page(send(officer, NEW, do="save", name="the JURY", purpose="again", **TAGGED), 422)
    assert "A segment has this name already." in html
    assert "The jury" in page(officer.get("/en/office/segments"))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"n.what": "all", "n-0.what": "colour:is"}, "There is no field “colour”."),
        ({"n.what": "all", "n-0.what": "age:like"}, "The field has no relation “like”."),
        (
            {"n.what": "all", "n-0.what": "tag:has", "n-0.tag": "x", "n-0.ballot": "7"},
            "knows nothing of “ballot”",
        ),
    ],
)
def test_an_unknown_field_or_relation_is_refused_by_name(
    officer: FlaskClient, fields: dict[str, str], named: str
) -> None:
    for wish in ("count", "save"):
        assert named in page(send(officer, NEW, do=wish, name="x", purpose="y", **fields), 400)


def test_all_faults_stand_beside_their_fields_and_on_top(officer: FlaskClient) -> None:
    fields = {
        "n.what": "all", "n-0.what": "age:between", "n-0.from": "forty", "n-1.what": "activity:in-last", "n-1.kind": "voted",
        "n-1.days": "-3", "n-2.what": "any",
    }  # fmt: skip
    html = page(send(officer, NEW, do="count", **fields), 400)
    for place in ("n-0.from", "n-1.days", "n-2"):
        assert f'href="#{place}"' in html
        assert f'id="{place}"' in html
    assert html.count("Enter a whole number within the usual limits.") == 4
    assert 'value="forty"' in html


def test_each_change_is_a_version_and_the_same_again_is_none(app: Flask, officer: FlaskClient) -> None:
    number = saved(app)
    here = f"/en/office/segments/{number}/rule"
    for _ in range(2):
        base = re.search(r'name="base" value="(\d+)"', page(officer.get(here)))
        assert base
        wider = {"n.what": "any", "n-0.what": "tag:has", "n-0.tag": "jury", "n-1.what": "address:confirmed"}
        answer = send(officer, here, on=here, do="save", base=base[1], purpose="to draw a jury", **wider)
        assert answer.status_code == 303
    html = page(officer.get(f"/en/office/segments/{number}?version=1"))
    assert "This is an older version" in html
    with app.app_context():
        assert db.session.scalars(select(SegmentVersion.number).order_by(SegmentVersion.number)).all() == [
            1,
            2,
        ]


def test_of_two_officers_who_change_one_segment_the_second_is_told(app: Flask, officer: FlaskClient) -> None:
    number = saved(app)
    here = f"/en/office/segments/{number}/rule"
    fields = {"base": "1", "purpose": "other", "n.what": "all", "n-0.what": "address:confirmed"}
    assert send(officer, here, on=here, do="save", **fields).status_code == 303
    html = page(
        send(officer, here, on=here, do="save", **{**fields, "n-0.what": "tag:has", "n-0.tag": "x"}), 409
    )
    assert "Somebody else has changed this segment meanwhile." in html
    assert 'value="x"' in html


def test_why_somebody_is_in_or_out_is_told_condition_by_condition(app: Flask, officer: FlaskClient) -> None:
    inside = tagged(app, 1)[0]
    number = saved(
        app,
        {"all": [
            {"field": "tag", "relation": "has", "tag": "jury"},
            {"not": {"field": "activity", "relation": "ever", "kind": "voted"}},
        ]},
    )  # fmt: skip
    here = f"/en/office/segments/{number}"
    answer = send(officer, f"{here}/why", on=here, who="voter0@example.org", version="1")
    assert answer.status_code == 303
    html = page(officer.get(answer.location.partition("#")[0]))
    assert "in the segment" in html
    assert re.findall(r"<th scope=\"row\">([^<]+)</th><td><span class=\"tag[^>]*>(\w+)</span>", html) == [
        ("has the tag “jury”", "yes"), ("voted", "no"),
    ]  # fmt: skip
    with app.app_context():
        people.note_activity(inside, "voted", 7)
        db.session.commit()
    assert "not in the segment" in page(officer.get(f"{here}?person={inside}"))
    html = page(send(officer, f"{here}/why", on=here, who="nobody@example.org", version="1"), 422)
    assert "There is no such account." in html
    assert 'value="nobody@example.org"' in html
    page(officer.get(f"{here}?person=999999"), 404)


def test_a_file_needs_a_purpose_and_ten_people(app: Flask, officer: FlaskClient) -> None:
    tagged(app, 9)
    number = saved(app)
    here = f"/en/office/segments/{number}"
    assert "Fewer than 10 people" in page(
        send(officer, f"{here}/export", on=here, purpose="jury", version="1"), 409
    )
    assert "Say in a sentence" in page(
        send(officer, f"{here}/export", on=here, purpose=" ", version="1"), 422
    )
    with app.app_context():
        assert db.session.scalars(select(SegmentExport)).all() == []


def test_a_file_cannot_be_a_formula_and_is_on_record(app: Flask, officer: FlaskClient) -> None:
    tagged(app, 10, name="=1+1")
    number = saved(app)
    here = f"/en/office/segments/{number}"
    answer = send(officer, f"{here}/export", on=here, purpose="letters to the jury", version="1")
    assert answer.status_code == 200
    assert answer.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig")), delimiter=";"))
    assert rows[0] == ["Number", "Name", "E-mail", "Language"]
    assert len(rows) == 11
    assert {row[1] for row in rows[1:]} == {"'=1+1"}
    assert all(row[2].endswith("@example.org") for row in rows[1:])
    assert "letters to the jury" in page(officer.get(here))
    with app.app_context():
        noted = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "segment.export")).one()
        assert json.loads(noted.detail) == {"export": 1, "people": 10, "version": 1}


def test_a_workbook_has_the_same_rows_and_no_formula(app: Flask, officer: FlaskClient) -> None:
    tagged(app, 10, name="=1+1 & <b>")
    here = f"/en/office/segments/{saved(app)}"
    answer = send(officer, f"{here}/export", on=here, purpose="letters", version="1", **{"as": "xlsx"})
    assert answer.mimetype == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    rows = [cells for _, cells in xlsx.read_rows(Book(io.BytesIO(answer.get_data())))]
    assert rows[0] == ["Number", "Name", "E-mail", "Language"]
    assert {row[1] for row in rows[1:]} == {"=1+1 & <b>"}
    assert len({row[2] for row in rows[1:]}) == 10
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "<c><v>" in sheet, "numbers are numbers"


def test_a_sheet_that_cannot_hold_everybody_is_refused(app: Flask) -> None:
    tagged(app, 11)
    number = saved(app)
    with app.app_context(), pytest.raises(TooManyRows):
        service.export("shell", queries.get_described(number), "letters", most=10)


def test_a_retired_segment_is_no_longer_offered_and_can_come_back(app: Flask, officer: FlaskClient) -> None:
    number = saved(app)
    here, slug = f"/en/office/segments/{number}", open_budget(app)
    offered = f'value="segment:{number}:1"'
    assert offered in page(officer.get(f"/en/office/budgets/{slug}/who"))
    assert send(officer, f"{here}/retirement", on=here).status_code == 303
    html = page(officer.get(here))
    assert "This segment is retired" in html
    assert "Change the rule" not in html
    html = page(officer.get("/en/office/segments"))
    assert html.index("<h2>Retired</h2>") < html.index("The jury")
    where = f"/en/office/budgets/{slug}/who"
    assert offered not in page(officer.get(where))
    assert "it is retired" in page(send(officer, where, on=where, who=f"segment:{number}:1"), 422)
    assert "The jury" not in json.dumps(call(app.config["CIVIC"], "segment-list"))
    assert send(officer, f"{here}/retirement", on=here, back="1").status_code == 303
    assert offered in page(officer.get(where))
    with app.app_context():
        acts = db.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "segment.retire")).all()
        assert len(acts) == 2


def test_a_closed_account_is_in_no_segment(app: Flask) -> None:
    ids = tagged(app, 2)
    number = saved(app)
    with app.app_context():
        rule = queries.get_described(number).rule
        assert queries.count(rule) == 2
        people.disable(people.get_person(ids[0]), "shell")
        db.session.commit()
        assert (queries.count(rule), queries.has(rule, ids[0])) == (1, False)
        assert [one.id for one in queries.sample(rule)] == [ids[1]]


def test_an_officer_finds_people_by_beginnings_of_words_without_accents(
    app: Flask, officer: FlaskClient
) -> None:
    ana = person_of(app, "ana.lopez@example.org", name="Ana María López-Ñúñez")
    person_of(app, "luis@example.org", name="Luis Pérez")
    for typed in ("lopez", "ANA nuñ", "ana.lo", "mar lóp", "ana.lopez@example.org", str(ana)):
        html = page(send(officer, "/en/office/people", on="/en/office/people", q=typed))
        assert "Ana María López-Ñúñez" in html, typed
        assert "Luis" not in html, typed
    for typed in ("ope", "a", "xyz", "%", "' OR 1=1", "é" * 400):
        assert "Nobody found" in page(send(officer, "/en/office/people", on="/en/office/people", q=typed)), (
            typed
        )


def test_a_new_name_is_found_and_the_old_one_is_not(app: Flask, officer: FlaskClient) -> None:
    person_of(app, "a1@example.org", name="Zoé Martin")
    person_of(app, "a1@example.org", name="Zoé Durand")
    assert "Zoé Durand" in page(send(officer, "/en/office/people", on="/en/office/people", q="duran"))
    assert "Nobody found" in page(send(officer, "/en/office/people", on="/en/office/people", q="martin"))


def test_a_person_has_a_page_with_a_timeline_of_kinds_and_never_of_choices(
    app: Flask, officer: FlaskClient
) -> None:
    number = person_of(app, "ana@example.org", name="Ana")
    with app.app_context():
        process = open_process()
        people.note_activity(number, "began", process.id)
        people.note_activity(number, "voted", process.id)
        db.session.commit()
    html = page(officer.get(f"/en/office/people/{number}"))
    for words in (
        "began a ballot",
        "A street for children",
        "supporter",
        "not found on a census list",
        "at least 3 processes",
    ):
        assert words in html
    page(officer.get("/en/office/people/99999"), 404)


def test_tags_are_put_on_and_taken_off_and_on_record(app: Flask, officer: FlaskClient) -> None:
    number = person_of(app, "ana@example.org", name="Ana")
    here = f"/en/office/people/{number}"
    assert send(officer, f"{here}/tags", on=here, tag="  Youth   council ").status_code == 303
    assert "youth council" in page(officer.get(here))
    html = page(send(officer, f"{here}/tags", on=here, tag="x" * 41), 422)
    assert "at most 40 letters" in html
    assert "x" * 41 in html
    assert send(officer, f"{here}/tags/removal", on=here, tag="youth council").status_code == 303
    assert "None yet." in page(officer.get(here))
    with app.app_context():
        acts = db.session.scalars(select(AuditEntry).where(AuditEntry.act.like("person.%tag"))).all()
        assert [(one.act, one.detail) for one in acts] == [("person.tag", "{}"), ("person.untag", "{}")]


READINGS = {
    "fr": "a l’étiquette «\u202fjury\u202f»",
    "es": "tiene la etiqueta «jury»",
    "en": "has the tag “jury”",
}


@pytest.mark.parametrize(("lang", "words"), READINGS.items())
def test_a_rule_reads_in_each_language(app: Flask, officer: FlaskClient, lang: str, words: str) -> None:
    number = saved(app)
    assert words in page(officer.get(f"/{lang}/office/segments/{number}"))


def test_hostile_words_stay_words(app: Flask, officer: FlaskClient) -> None:
    words = '"><svg onload=alert(1)>'
    ids = tagged(app, 1, name=words)
    with app.app_context():
        tags.tag("shell", people.get_person(ids[0]), words)
        db.session.commit()
    number = saved(app, {"field": "tag", "relation": "has", "tag": words}, name=words)
    for path in ("segments", f"segments/{number}", f"segments/{number}/rule", f"people/{ids[0]}"):
        html = page(officer.get(f"/en/office/{path}"))
        assert words not in html, path
        assert escape(words) in html, path


def test_the_shell_lists_and_counts_segments(app: Flask) -> None:
    tagged(app, 4)
    saved(app)
    settings = app.config["CIVIC"]
    code, said = call(settings, "segment-list")
    assert (code, said["segments"][0]["rule"]) == (0, "has the tag “jury”")
    assert call(settings, "segment-count", "the jury") == (
        0,
        {"segment": "The jury", "version": 1, "people": 4, "without_account": None},
    )
    code, said = call(settings, "segment-count", "nobody")
    assert (code, said["refused"]) == (1, "There is no such segment.")


@pytest.mark.parametrize("number", [2**31, 2**63, 10**40, -(2**64)])
def test_a_number_that_no_row_has_is_as_if_not_given(app: Flask, officer: FlaskClient, number: int) -> None:
    """A41: it led to 500, by the database's own limit."""
    segment = saved(app)
    html = page(officer.get(f"/en/office/segments/{segment}?version={number}&person={number}"))
    assert "This is an older version" not in html
    officer_form = {"base": str(number), "version": str(number), "purpose": "", "who": "nobody"}
    for place in ("rule", "why", "export"):
        answer = send(officer, f"/en/office/segments/{segment}/{place}", on=NEW, **officer_form)
        assert answer.status_code < 500
