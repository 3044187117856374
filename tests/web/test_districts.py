"""The table of streets: looked over, taken whole or not at all, asked for people's addresses and for census files."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.census import queries as census
from app.census.models import CensusEntry
from app.core import audit
from app.core.db import db
from app.core.policy import Role
from app.districts import rules
from app.districts.models import StreetRange, StreetTable
from app.people import reach
from app.people import service as people
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import token
from tests.web.rolls import HEADER, bring, make_list, prepare, row
from tests.web.workbooks import xlsx

STREETS = "/en/office/census/streets"
TABLE = (
    "Rue;de;à;côté;Quartier\n"
    "Rue de l'Église;1;99;impairs;Bourg\nRUE DE L EGLISE;2;98;pairs;Rivière\nChemin Vert;;;;Nord\n"
)


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """An officer's browser; two people have addresses."""
    for email, address in (
        ("ana@example.org", "12, rue de l’Eglise\n26100 Valclair"),
        ("eve@example.org", "7 place <b>Haute</b>"),
    ):
        number = person_of(app, email)
        with app.app_context():
            reach.note_reach("person:9", people.get_person(number), {"postal": address})
            db.session.commit()
    return signed_in(app, "marta@example.org", Role.OFFICER)


def upload(officer: FlaskClient, content: bytes, name: str = "streets.csv") -> str:
    """Send a file; the page that looks it over."""
    fields = {"csrf_token": token(page(officer.get(STREETS))), "file": (BytesIO(content), name)}
    answer = officer.post(STREETS, data=fields, content_type="multipart/form-data")
    assert answer.status_code == 303, page(answer, answer.status_code)
    return str(answer.location)


def test_a_table_is_looked_over_taken_over_and_tells_the_district_of_a_person(
    app: Flask, officer: FlaskClient
) -> None:
    look = upload(officer, TABLE.encode())
    html = page(officer.get(look))
    for words in ("get a district", "still without", "Put it in the place"):
        assert words in html
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StreetRange)) == 0
    assert officer.post(look, data={"csrf_token": token(html)}).status_code == 303
    html = page(officer.get(STREETS))
    assert "Rivière" in html
    assert "even numbers" in html
    assert "place b haute b" in html
    assert "Rivière" in page(officer.get("/en/office/people/1"))
    unmatched = officer.get(f"{STREETS}/unmatched.csv").text
    assert "place b haute b" in unmatched
    assert "7" not in unmatched
    again = upload(officer, officer.get("/en/office/census/streets.csv").data)
    assert "as they are" in page(officer.get(again))
    assert officer.post(again, data={"csrf_token": token(html)}).status_code == 303
    assert officer.post(again, data={"csrf_token": token(html)}).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StreetRange)) == 3
        acts = select(audit.AuditEntry.act).where(audit.AuditEntry.act == "districts.streets")
        assert len(db.session.scalars(acts).all()) == 2


def test_a_workbook_does_as_well(officer: FlaskClient) -> None:
    rows = [line.split(";") for line in TABLE.splitlines()]
    assert "Put it in the place" in page(officer.get(upload(officer, xlsx(rows), "streets.xlsx")))


def test_every_row_that_cannot_be_taken_is_told_and_none_is_taken(app: Flask, officer: FlaskClient) -> None:
    wrong = f"{TABLE};3;;;\nChemin Vert;4;2;left;Sud\nRue de l'église;5;5;;Sud\n"
    html = page(officer.get(look := upload(officer, wrong.encode())))
    for words in (
        "The street is missing", "The district is missing", "The first number is greater", "neither odd nor even",
        "Line 2 puts some of these houses into another district",
    ):  # fmt: skip
        assert words in html
    assert "Put it in the place" not in html
    assert "Nothing was changed" in page(
        officer.post(look, data={"csrf_token": token(page(officer.get(STREETS)))}), 422
    )
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StreetRange)) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a;b\n1;2\n", "needs a column"),
        (b"street;district\n", "no rows below"),
        (b"", ""),
        (b"PK\x03\x04x", "damaged"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(officer: FlaskClient, content: bytes, said: str) -> None:
    fields = {"csrf_token": token(page(officer.get(STREETS))), "file": (BytesIO(content), "x.csv")}
    html = page(officer.post(STREETS, data=fields, content_type="multipart/form-data"), 422)
    assert 'href="#file"' in html
    assert said in html


def test_a_census_file_with_addresses_and_no_districts_gets_them_and_keeps_no_address(
    app: Flask, officer: FlaskClient
) -> None:
    look = upload(officer, TABLE.encode())
    officer.post(look, data={"csrf_token": token(page(officer.get(look)))})
    with app.app_context():
        rows = [f"{row(1, district='')};13 rue de l'Église", f"{row(2, district='Sud')};13 rue de l'Église",
                f"{row(3, district='')};1 place Haute", f"{row(4, district='')};"]  # fmt: skip
        rows.append(f"{row(5, district='', sex='x')};Chemin-Vert")
        file = "\n".join([f"{HEADER};address", *rows, ""]).encode()
        bring(make_list(), file)
        found = db.session.scalars(select(CensusEntry.district).order_by(CensusEntry.birth_on)).all()
        assert found == ["Bourg", "Sud", "", "", "Nord"]
        again = bring(census.get_list(1), file)
        assert (again.added, again.changed, again.ended) == (0, 0, 0)
        kept = " ".join(
            str(one) for table in db.metadata.sorted_tables if table.name.startswith("census")
            for one in db.session.execute(select(table))
        )  # fmt: skip
        assert "glise" not in kept
        assert db.session.scalar(select(func.count()).select_from(StreetTable)) == 0


def test_an_import_says_which_streets_the_table_does_not_tell(app: Flask, officer: FlaskClient) -> None:
    """Also without any table: then the file is what a table can be made of."""
    addresses = (
        "7 place <b>Haute</b>",
        "9 Place <b>haute</b>",
        "3, rue Neuve",
        "nowhere",
        "",
        "13 rue de l'Église",
    )
    rows = [f"{row(number, district='')};{address}" for number, address in enumerate(addresses)]
    rows += [
        f"{row(8, district='Sud')};1 rue Basse",
        f"{row(9, district='', birth='31/02/1980')};1 rue Basse",
    ]
    file = "\n".join([f"{HEADER};address", *rows, ""]).encode()
    with app.app_context():
        unknown = prepare(make_list(), file)
        assert unknown.streets == {"": 1, "place b haute b": 2, "rue de l eglise": 1, "rue neuve": 1}
        said = f"/en/office/census/imports/{unknown.id}"
    html = page(officer.get(said))
    assert "5 people have an address but no district" in html
    assert html.index("place b haute b") < html.index("no street found")
    sheet = officer.get(f"{said}/streets.csv").text.splitlines()
    assert sheet[1:] == ["place b haute b;;;;", "rue de l eglise;;;;", "rue neuve;;;;"]
    filled = "\n".join([sheet[0], *(line + "Centre" for line in sheet[1:])]).lstrip("\ufeff")
    look = upload(officer, filled.encode())
    officer.post(look, data={"csrf_token": token(page(officer.get(look)))})
    with app.app_context():
        known = bring(census.get_list(1), file)
        assert known.streets == {"": 1}
        assert db.session.scalar(select(func.count()).where(CensusEntry.district == "Centre")) == 4


def test_of_a_file_with_any_number_of_streets_so_many_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_STREETS", 2)
    finder = rules.Finder(rules.Streets([]))
    for address in ("1 rue A", "1 rue B", "1 rue C", "2 rue A", "1 rue D"):
        assert finder.find_district(address) == ""
    assert finder.missing == {"rue a": 2, "rue b": 1, "": 2}
