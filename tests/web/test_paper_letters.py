"""Letters on paper: who of a segment gets one and why the others do not, what stands in the window, and what is kept (A09)."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.census import matching
from app.census.matching import Found
from app.census.models import CensusEntry, CensusMatch
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.policy import Role
from app.mail import suppression
from app.mail.verdicts import Verdict
from app.paper_letters import queries, rules
from app.people import consent, reach
from app.people import service as people
from app.people.consent import Way
from app.people.models import ContactPoint, Person
from app.people.purposes import BY_KEY
from app.segments.models import SegmentExport
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import token
from tests.web.juries import saved, tagged
from tests.web.rolls import bring, make_list, town

# Files that a test client has sent on are closed by the collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
STREET = "3 rue des Lilas\n12345 Valclair"
TEXT = "Dear {name|Madam, Sir},\n\nthe council of {site} invites you.\nCome at six.\n\nUntil then!"
NEWS = BY_KEY["newsletter"]


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def note_postal(app: Flask, *ids: int, words: str = STREET) -> None:
    with app.app_context():
        for one in ids:
            reach.note_reach("shell", people.get_person(one), {"postal": words})
        db.session.commit()


def send(officer: FlaskClient, segment: int, **fields: Any) -> Any:
    path = f"/en/office/segments/{segment}/letters"
    given = {"purpose": "newsletter", "text": TEXT, "do": "make", **fields}
    return officer.post(path, data={**given, "csrf_token": token(page(officer.get(path)))})


def words_of(pdf: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt install poppler-utils)")
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def test_only_those_whom_no_email_reaches_get_a_letter(app: Flask) -> None:
    wants, bounced, refuses, unconfirmed, homeless, crowded, closed, leaving, quiet = tagged(app, 9, "Zoé")
    note_postal(app, wants, bounced, refuses, unconfirmed, closed, leaving, quiet)
    note_postal(app, crowded, words="\n".join(["1"] * 6))
    segment, way = saved(app), Way("page", "en")
    with app.app_context():
        for one in (wants, bounced, unconfirmed):
            consent.give(one, NEWS, way)
        consent.give(refuses, NEWS, way)
        consent.withdraw(refuses, NEWS, way)
        point = db.session.scalar(select(ContactPoint.normalized).where(ContactPoint.person_id == bounced))
        suppression.note_failure(str(point), Verdict.HARD, "550 No such user")
        off = update(ContactPoint).where(ContactPoint.person_id == unconfirmed).values(confirmed_at=None)
        db.session.execute(off)
        for one, column in ((closed, "disabled_at"), (leaving, "deletion_requested_at")):
            db.session.execute(update(Person).where(Person.id == one).values({column: clock.now()}))
        db.session.commit()
        found = queries.sift(queries.segments.get_described(segment).rule, "newsletter")
        assert {one.person_id for one in found.letters} == {bounced, unconfirmed, quiet}
        assert (found.by_email, found.refusing, found.no_address, found.unfit) == (1, 1, 1, 1)
        assert homeless not in {one.person_id for one in found.letters}
        other = queries.sift(queries.segments.get_described(segment).rule, "invitations")
        assert {wants, refuses} <= {one.person_id for one in other.letters}, (
            "a no to one kind is no no to another"
        )


def test_letters_are_pages_with_a_window_and_only_their_making_is_kept(
    app: Flask, officer: FlaskClient
) -> None:
    ids = tagged(app, 11, "Zoé Lefèvre")
    note_postal(app, *ids)
    with app.app_context():
        people.describe(people.get_person(ids[0]), "", "en")
        db.session.commit()
    segment = saved(app)
    assert "Dear Zoé Lefèvre" not in page(officer.get(f"/en/office/segments/{segment}/letters"))
    looked = page(send(officer, segment, do="look"))
    assert "Dear Madam, Sir," in looked
    assert "3 rue des Lilas" in looked
    answer = send(officer, segment)
    assert answer.headers["Cache-Control"] == "private, no-store"
    said = words_of(answer.data)
    assert said.count("\f") == 11
    assert said.count("Dear Zoé Lefèvre,") == 10
    assert said.count("12345 Valclair") == 11
    assert "the council of Valclair invites you." in said
    with app.app_context():
        made = db.session.scalars(select(SegmentExport)).one()
        assert (made.people, made.purpose) == (11, "Letters on paper: Newsletter")
        acts = select(AuditEntry).where(AuditEntry.act == "paper_letters.make")
        (act,) = db.session.scalars(acts)
        assert "Zoé" not in act.detail
    assert "Letters on paper: Newsletter" in page(officer.get(f"/en/office/segments/{segment}"))


def test_no_file_is_made_of_fewer_than_ten(app: Flask, officer: FlaskClient) -> None:
    ids = tagged(app, 12)
    note_postal(app, *ids[:9])
    segment = saved(app)
    html = page(send(officer, segment), 409)
    assert "Fewer than 10 people would get a letter" in html
    assert "Dear {name|Madam, Sir}" in html, "what was typed is kept"
    with app.app_context():
        assert db.session.scalars(select(SegmentExport)).all() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"text": ""}, "Write the letter"),
        ({"text": "x" * 4001}, "Write the letter"),
        ({"text": "Dear {nom}, {name}"}, "{nom}, {name}"),
        ({"text": "{{ 7*7 }}"}, "cannot be filled in"),
        ({"purpose": "spam"}, "Choose what the letters are for"),
        ({"text": "line\n" * 60}, "does not fit on one page"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    app: Flask, officer: FlaskClient, fields: dict[str, str], said: str
) -> None:
    note_postal(app, *tagged(app, 10))
    html = page(send(officer, saved(app), **fields), 422)
    assert said in html
    with app.app_context():
        assert db.session.scalars(select(SegmentExport)).all() == []


def test_residents_make_no_letters(app: Flask) -> None:
    segment = saved(app)
    resident = signed_in(app, "a@example.org", Role.RESIDENT)
    assert resident.get(f"/en/office/segments/{segment}/letters").status_code == 403


def test_a_name_that_the_address_begins_with_is_not_said_twice() -> None:
    assert rules.window_lines("Ana", "Familie ANA Diaz\nx") == ("Familie ANA Diaz", "x")
    assert rules.window_lines("Ana", "x") == ("Ana", "x")
    assert rules.window_lines("", "x") == ()
    assert rules.window_lines("", "") == ()
    assert rules.window_lines("A" * 46, STREET) == ()


@given(st.text(), st.text())
def test_what_a_reader_is_called_is_never_read_as_text_of_the_letter(text: str, name: str) -> None:
    clean = text.replace("{", "").replace("}", "")
    made = rules.paragraphs(clean + "{name|you}" + clean, {"name": f"{{site}}{name}", "site": "Valclair"})
    assert "Valclair" not in "".join("".join(one) for one in made) or "Valclair" in clean + name


def test_whoever_is_known_by_a_check_may_get_a_code_that_makes_it_sure(
    app: Flask, officer: FlaskClient
) -> None:
    ids = tagged(app, 12, "Zoé")
    note_postal(app, *ids)
    segment = saved(app)
    with app.app_context():
        target = make_list()
        bring(target, town(40))
        hashes = db.session.scalars(select(CensusEntry.identity_hash).limit(2)).all()
        for one, identity, level in zip(ids, hashes, (2, 3), strict=False):
            assert matching.match(one, Found(target.id, identity), level, "self")
        db.session.commit()
        number = str(target.id)
        day = clock.today() + timedelta(days=30)
    wrong = page(send(officer, segment, list=number, text=""), 422)
    assert "Choose a day after today" in wrong
    assert "Write the letter" in wrong
    until = {"until-day": str(day.day), "until-month": str(day.month), "until-year": str(day.year)}
    said = words_of(send(officer, segment, list=number, language="fr", **until).data)
    codes = re.findall(r"\s([0-9A-Z]{5}-[0-9A-Z]{5})\s", said)
    index = re.findall(r"Numéro\s+(\d+)", said)  # the text is French, whatever the officer's page
    assert (len(codes), len(index), said.count("\f")) == (1, 1, 12), "who is sure already needs none"
    browser = signed_in(app, address_of(app, ids[0]))
    code_page = "/en/account/census/code"
    fields = {"index": index[0], "code": codes[0], "csrf_token": token(page(browser.get(code_page)))}
    assert browser.post(code_page, data=fields).status_code == 303
    with app.app_context():
        known = select(CensusMatch.level).where(CensusMatch.person_id == ids[0])
        assert db.session.scalar(known) == 3


def address_of(app: Flask, person: int) -> str:
    with app.app_context():
        point = select(ContactPoint.address).where(ContactPoint.person_id == person)
        return str(db.session.scalar(point))
