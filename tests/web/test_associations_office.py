"""The officers' side of associations, on both databases: register, grants, delegates by e-mail, the fabric, files out and in."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.associations import jobs, queries
from app.associations.models import Association, AssociationGrant, AssociationImport
from app.associations.rules import Standing
from app.core import audit, clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from tests.web.callers import person_of, signed_in
from tests.web.clubs import FORM, join, let_be_due, register, standing
from tests.web.conftest import page
from tests.web.forms import send, token_of
from tests.web.letters import texts_to

OFFICE = "/en/office/associations"
HEAD = "Name;Registration number;Theme;District;Purpose;Members;Telephone"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def act(officer: FlaskClient, path: str, **fields: str) -> int:
    """Send a form of the office; the status."""
    return officer.post(f"{OFFICE}{path}", data={**fields, "csrf_token": token_of(officer)}).status_code


def bring(officer: FlaskClient, file: bytes, lang: str = "en") -> tuple[str, str]:
    """Send a file: the address of its page, and the page."""
    data = {"csrf_token": token_of(officer), "file": (io.BytesIO(file), "register.csv")}
    answer = officer.post(f"/{lang}/office/associations/file", data=data)
    assert answer.status_code == 303, page(answer, answer.status_code)
    return answer.location, page(officer.get(answer.location))


def figures(html: str) -> dict[str, int]:
    """The numbers on top of a page."""
    return {what: int(number) for what, number in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", html)}


def take_over(officer: FlaskClient, where: str) -> int:
    """Say yes to a file; the status."""
    return officer.post(where, data={"csrf_token": token_of(officer)}).status_code


def names(app: Flask) -> list[str]:
    """What is on the register."""
    with app.app_context():
        return [row.association.name for row in queries.list_register(queries.Search(), clock.today())]


def test_the_register_is_narrowed_and_tells_how_alive_each_is(app: Flask, officer: FlaskClient) -> None:
    lively, quiet, overdue, dormant = (
        register(app, name) for name in ("Lively", "Quiet", "Overdue", "Dormant")
    )
    for number in (lively, overdue):
        person = join(app, number, f"p{number}@valclair.example")
        with app.app_context():
            people.note_activity(person, "signed_in")
            db.session.commit()
    for number in (overdue, dormant):
        let_be_due(app, number, -1)
    join(app, quiet, "idle@valclair.example")
    for vitality, name in {
        "lively": "Lively",
        "quiet": "Quiet",
        "overdue": "Overdue",
        "dormant": "Dormant",
    }.items():
        html = page(officer.get(f"{OFFICE}?vitality={vitality}"))
        assert f">{name}</a>" in html
        assert html.count('<th scope="row">') == 1
    assert page(officer.get(f"{OFFICE}?q=quiet&vitality=x")).count('<th scope="row">') == 1
    html = page(officer.get(f"{OFFICE}/fabric"))
    assert figures(html) == {"on the register": 4, "dormant": 1}
    assert re.search(r"Who is dormant</h2>\s*<ul><li><a[^>]*>Dormant</a>", html)


def test_the_fabric_counts_by_theme_district_and_size(app: Flask, officer: FlaskClient) -> None:
    sizes = {"A": 20, "B": 21, "C": 501, "D": None}
    for name, size in sizes.items():
        number = register(
            app, name, theme="sport" if name == "A" else "culture", district="Gare" if size else ""
        )
        with app.app_context():
            db.session.get_one(Association, number).size = size
            db.session.commit()
    html = page(officer.get(f"{OFFICE}/fabric"))
    for label, number in (
        ("Sport and games", 1), ("Culture and arts", 3), ("Health and disability", 0), ("Gare", 3),
        ("whole town, or not told", 1),
        ("0 to 20 members", 1), ("21 to 100 members", 1), ("more than 500 members", 1), ("not told", 1),
    ):  # fmt: skip
        assert re.search(rf'<th scope="row">{label}</th>\s*<td class="number">{number}</td>', html), label


def test_an_officer_adds_mends_renews_and_ends(app: Flask, officer: FlaskClient, client: FlaskClient) -> None:
    answer = send(officer, f"{OFFICE}/new", f"{OFFICE}/new", **{**FORM, "purpose": ""})
    assert (answer.status_code, answer.location) == (303, f"{OFFICE}/1")
    assert (
        send(
            officer, f"{OFFICE}/1/description", f"{OFFICE}/1/description", **{**FORM, "name": ""}
        ).status_code
        == 422
    )
    assert act(officer, "/1/description", **FORM) == 303
    let_be_due(app, 1, -40)
    assert act(officer, "/1/renew") == 303
    assert "Green Hands" in page(client.get("/en/associations"))
    dora = join(app, 1, "dora@valclair.example")
    assert act(officer, "/1/end") == 422
    assert act(officer, "/1/end", reason="Dissolved in May.") == 303
    assert "Dissolved in May." in texts_to(app, "dora@valclair.example")[-1]
    page(client.get("/en/associations/1"), 404)
    assert "Dissolved in May." in page(
        signed_in(app, "dora@valclair.example").get("/en/account/associations")
    )
    for path in ("/1/end", "/1/renew", "/1/validate"):
        assert act(officer, path, reason="Again.") == 409, path
    assert standing(app, 1, dora) == "delegate"
    assert "Green Hands" in page(officer.get(OFFICE)), "what ended is still found"


def test_grants_are_noted_and_a_mistaken_one_is_taken_back(app: Flask, officer: FlaskClient) -> None:
    one, other = register(app), register(app, "The Screwdriver")
    form = {"year": "2026", "amount": "1 500,50", "grant_purpose": "Seeds", "decided_on-day": "4",
            "decided_on-month": "3", "decided_on-year": "2026"}  # fmt: skip
    assert act(officer, f"/{one}/grant", **form) == 303
    assert "€1,500.50" in page(officer.get(f"{OFFICE}/{one}"))
    wrong = {"year": "26", "amount": "-5", "grant_purpose": "", "decided_on-year": "2999"}
    html = page(
        officer.post(f"{OFFICE}/{one}/grant", data={**form, **wrong, "csrf_token": token_of(officer)}), 422
    )
    for field in wrong:
        assert f'href="#{field.removesuffix("-year")}"' in html
    assert 'value="26"' in html
    assert act(officer, f"/{other}/grants/1/removal") == 404, "of another association"
    assert act(officer, f"/{one}/grants/1/removal") == 303
    with app.app_context():
        assert db.session.scalars(select(AssociationGrant)).all() == []
        told = db.session.scalars(
            select(AuditEntry).where(AuditEntry.act.startswith("association.grant"))
        ).all()
        assert ['"amount_cents": 150050' in one.detail for one in told] == [True, True]
        assert audit.find_break() is None


@pytest.mark.parametrize("amount", ["", "0", "1.234,5", "12e3", "١٢", "9" * 13, "1500,505"])
def test_an_amount_that_is_none_is_refused(app: Flask, officer: FlaskClient, amount: str) -> None:
    one = register(app)
    day = {"decided_on-day": "4", "decided_on-month": "3", "decided_on-year": "2026"}
    assert act(officer, f"/{one}/grant", year="2026", amount=amount, grant_purpose="Seeds", **day) == 422


def test_an_officer_names_a_delegate_by_e_mail_and_unseats_one(app: Flask, officer: FlaskClient) -> None:
    one = register(app)
    assert act(officer, f"/{one}/delegate", email="nobody", member="Dora") == 422
    assert act(officer, f"/{one}/delegate", email="dora@valclair.example", member="") == 422
    for name in ("Dora", "Dora Two"):
        assert act(officer, f"/{one}/delegate", email="dora@valclair.example", member=name) == 303
    dora = person_of(app, "dora@valclair.example")
    assert standing(app, one, dora) == "delegate"
    page(signed_in(app, "dora@valclair.example").get(f"/en/account/associations/{one}/members"))
    assert act(officer, f"/{one}/members/{dora}/remove") == 303
    assert act(officer, f"/{one}/members/{dora}/remove") == 409
    assert standing(app, one, dora) is None


def test_who_asks_where_no_delegate_is_waits_for_an_officer(app: Flask, officer: FlaskClient) -> None:
    one, other = register(app), register(app, "The Screwdriver")
    join(app, other, "dora@valclair.example")
    zoe = [join(app, number, "zoe@valclair.example", Standing.ASKED) for number in (one, other)][0]
    part = page(officer.get(OFFICE)).partition("no delegate to answer")[2].partition("</ul>")[0]
    assert "Green Hands" in part
    assert "The Screwdriver" not in part
    assert act(officer, f"/{one}/members/{zoe}/confirm") == 303
    assert standing(app, one, zoe) == "member"
    assert "no delegate to answer" not in page(officer.get(OFFICE))


def test_the_register_goes_out_and_comes_in_again_unchanged_in_any_language(
    app: Flask, officer: FlaskClient
) -> None:
    register(
        app, "=1+1 Sums", purpose='Line one\n=two; "three"', phone="+33 4", number="A-7", district="'=quoted"
    )
    register(app, "Éclats", theme="culture", website="https://e.example", email="e@e.example")
    for lang in ("en", "fr", "es"):
        answer = officer.get(f"/{lang}/office/associations/register.csv")
        assert answer.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
        assert len(rows) == 3
        assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))], "A09"
        where, html = bring(officer, answer.data, "en")
        assert figures(html) == {"added": 0, "changed": 0, "as they are": 2, "rejected": 0}, lang
        assert "The register says the same already" in html


def test_a_file_adds_and_changes_and_twice_is_once(app: Flask, officer: FlaskClient) -> None:
    register(app, "Green Hands", number="A-1", phone="1")
    register(app, "The Screwdriver", purpose="We mend.")
    file = "\n".join([HEAD + ";Colour", "Green Hands of Valclair;a-1;Nature and gardens;Gare;We garden.;43;1;red",
                      "the screwdriver;;Culture et arts;;We mend.;;;", "New Club;;sport;;;;+34 9;"]).encode()  # fmt: skip
    where, html = bring(officer, file)
    assert figures(html) == {"added": 1, "changed": 2, "as they are": 0, "rejected": 0}
    assert "Colour" in html
    assert names(app) == ["Green Hands", "The Screwdriver"], "nothing is changed before the yes"
    assert take_over(officer, where) == 303
    assert take_over(officer, where) == 409
    page(officer.get(where), 409)
    assert names(app) == ["Green Hands of Valclair", "New Club", "the screwdriver"]
    with app.app_context():
        found = {one.name: one for one in db.session.scalars(select(Association))}
        assert (found["Green Hands of Valclair"].size, found["Green Hands of Valclair"].district) == (
            43,
            "Gare",
        )
        assert (found["New Club"].phone, found["New Club"].theme) == ("+34 9", "sport")
        assert found["the screwdriver"].theme == "culture"
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.act == "association.import")).all()
        assert entry.detail == '{"added": 1, "changed": 2}'
    _, html = bring(officer, file)
    assert figures(html)["as they are"] == 3


def test_a_file_with_a_bad_row_changes_nothing_and_says_why_for_each(
    app: Flask, officer: FlaskClient
) -> None:
    register(app, "Green Hands", number="A-1")
    register(app, "The Screwdriver", number="A-2")
    rows = ["Good Club;;sport;;;;", "No Theme;;astrology;;;;", ";;sport;;;;", "Many;;sport;;;lots;", "good club;;sport;;;;",
            "The Screwdriver;A-1;sport;;;;", "Short;;sport"]  # fmt: skip
    where, html = bring(officer, "\n".join([HEAD, *rows, ""]).encode())
    assert figures(html) == {"added": 1, "changed": 0, "as they are": 0, "rejected": 6}
    for words in (
        "Choose what the association is about.",
        "Enter the name of the association.",
        "whole number",
        "An earlier row means the same",
        "Another association on the register has this name",
        "more or fewer cells",
    ):
        assert words in html, words
    assert "Take all of it over" not in html
    assert take_over(officer, where) == 409
    assert names(app) == ["Green Hands", "The Screwdriver"]


def test_a_row_with_a_reference_renames_and_an_unknown_one_is_refused(
    app: Flask, officer: FlaskClient
) -> None:
    one = register(app, "Old Name", phone="1")
    where, html = bring(
        officer, f"Reference;Name;Renewal due on\n{one};New Name;31/12/2030\n999;Else;\n".encode()
    )
    assert "There is no association with this reference" in html
    where, html = bring(officer, f"Reference;Name;Renewal due on\n{one};New Name;31/12/2030\n".encode())
    assert take_over(officer, where) == 303
    with app.app_context():
        found = db.session.get_one(Association, one)
        assert (found.name, str(found.due_on), found.phone) == ("New Name", "2030-12-31", "1")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "no rows below its header"),
        (b"Name\nx\n", "one column only"),
        (b"Colour;Shape\nred;round\n", "No column holds the name"),
        (b"Name;Theme\n", "no rows below its header"),
        (b"Name;Theme\n" + b"x;sport\n" * 2001, "more than 2000 rows"),
        (b"PK\x03\x04nothing", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    app: Flask, officer: FlaskClient, file: bytes, words: str
) -> None:
    data = {"csrf_token": token_of(officer), "file": (io.BytesIO(file), "x.csv")}
    assert words in page(officer.post(f"{OFFICE}/file", data=data), 422)
    with app.app_context():
        assert db.session.scalars(select(AssociationImport)).all() == []


def test_files_that_nobody_took_over_are_forgotten_after_a_day(app: Flask, officer: FlaskClient) -> None:
    where, _ = bring(officer, b"Name;Theme\nClub;sport\n")
    with app.app_context():
        db.session.scalars(select(AssociationImport)).one().made_at = clock.now() - timedelta(hours=23)
        db.session.commit()
        jobs.forget()
        db.session.scalars(select(AssociationImport)).one().made_at = clock.now() - timedelta(hours=25)
        db.session.commit()
        jobs.forget()
    page(officer.get(where), 409)
