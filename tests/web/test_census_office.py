"""Officers bring a file in through the pages: sent, columns chosen, read by the worker, compared, taken over, undone (F20)."""

from __future__ import annotations

import gc
import time
from io import BytesIO
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.census import queries
from app.census.models import CensusImport
from app.census_imports import arrival, deposit, jobs
from app.census_imports import queries as imports
from app.core import audit
from app.core.db import db
from app.core.policy import Role
from tests.web.callers import browsers, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token
from tests.web.rolls import bring, file_of, make_list, prepare, row, town
from tests.web.workbooks import bomb, ods, xlsx

# Werkzeug's test client leaves the spooled body of a large request to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
LIST = "/en/office/census/1"
LIST_FORM = {
    "name": "Roll", "source": "register", "basis": "Decision 12/2026", "identity": "number",
    "kept-day": "1", "kept-month": "1", "kept-year": "2199",
}  # fmt: skip


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """A browser of an officer, and an empty list."""
    with app.app_context():
        make_list()
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def upload(officer: FlaskClient, file: bytes, name: str = "roll.csv") -> str:
    """Send a file to the list; the path of the page that comes."""
    form = {"csrf_token": token(page(officer.get(LIST))), "file": (BytesIO(file), name)}
    answer = officer.post(LIST, data=form, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return urlsplit(answer.location).path


def work(app: Flask) -> None:
    """What the worker does once a second."""
    with app.app_context():
        jobs.carry_on()


def compare(app: Flask, officer: FlaskClient, file: bytes) -> str:
    """Send a file, take the columns as they were recognised, let the worker read it; the path of its page."""
    where = upload(officer, file)
    assert send(officer, f"{where}/columns", where, **chosen(page(officer.get(where)))).status_code == 303
    work(app)
    return where


def chosen(html: str) -> dict[str, str]:
    """The selects and the day of the form as the page fills them in."""
    fields = {"effective-day": "", "effective-month": "", "effective-year": ""}
    for piece in html.split("<select")[1:]:
        name = piece.split('name="')[1].split('"')[0]
        options = piece.split("</select>")[0]
        fields[name] = (
            options.split(" selected")[0].split('value="')[-1].split('"')[0] if " selected" in options else ""
        )
    for name in ("effective-day", "effective-month", "effective-year"):
        fields[name] = html.split(f'name="{name}"')[1].split('value="')[1].split('"')[0]
    return fields


def test_only_staff_see_the_census(app: Flask) -> None:
    with app.app_context():
        bringing = bring(make_list(), town(4)).id
    paths = ("", "/new", "/1", "/1/time", f"/imports/{bringing}", f"/imports/{bringing}/rejects.csv")
    for role, client in browsers(app).items():
        expected = {None: 303, Role.RESIDENT: 403}.get(role, 200)
        assert {client.get(f"/en/office/census{path}").status_code for path in paths} == {expected}, role


def test_a_list_is_added_with_all_faults_at_once_and_the_input_kept(app: Flask, officer: FlaskClient) -> None:
    where = "/en/office/census/new"
    wrong = {**LIST_FORM, "basis": " ", "source": "x", "kept-year": "1999"}
    html = page(send(officer, where, where, **wrong), 422)
    for words in (
        "A list has this name already.",
        "Say which law",
        "Say where",
        "Choose a day in the future",
        'value="Roll"',
    ):
        assert words in html
    answer = send(officer, where, where, **{**LIST_FORM, "name": "Second"})
    assert "Second" in page(officer.get(answer.location))


def test_a_file_goes_the_whole_way_and_back(app: Flask, officer: FlaskClient) -> None:
    where = upload(officer, town(40).decode().encode("cp1252"))
    html = page(officer.get(where))
    for words in ("Windows-1252", "Zoé0", "Señorío", "a plain list"):
        assert words in html
    send(officer, f"{where}/columns", where, **chosen(html))
    waiting = officer.get(where)
    assert waiting.headers["Refresh"] == "4"
    assert "The file is here." in page(waiting)
    work(app)
    assert ">40<" in page(officer.get(where))
    send(officer, f"{where}/apply", where)
    work(app)
    assert "The list is as the file says" in page(officer.get(where))
    assert ">40<" in page(officer.get(LIST))
    send(officer, f"{where}/undo", where)
    work(app)
    assert "The import was undone" in page(officer.get(where))
    with app.app_context():
        assert queries.count_entries(1) == 0
        acts = db.session.execute(select(audit.AuditEntry.act, audit.AuditEntry.actor)).all()
        assert [act for act, _ in acts if act.startswith("census")] == [
            "census.add",
            "census.import",
            "census.undo",
        ]
        assert {actor for act, actor in acts if act in ("census.import", "census.undo")} == {"person:1"}


@pytest.mark.parametrize("write", [xlsx, ods])
def test_a_spreadsheet_is_brought_in_and_its_formulas_are_rejected(
    app: Flask, officer: FlaskClient, write: object
) -> None:
    rows = [line.split(";") for line in town(12).decode().splitlines()]
    rows[3][1] = "=1+1"
    where = compare(app, officer, write(rows))  # type: ignore[operator]
    html = page(officer.get(where))
    assert ">11<" in html
    assert "The cell begins like a formula" in html


def test_unknown_headers_are_chosen_by_the_officer_and_what_is_missing_is_said(
    app: Flask, officer: FlaskClient
) -> None:
    file = town(12).replace(b"number;family name;given name", b"Carnet;Linaje;Vorname", 1)
    where = upload(officer, file)
    form = chosen(page(officer.get(where)))
    answer = page(
        send(officer, f"{where}/columns", where, **{**form, "column-family": "1", "column-number": "x"}), 422
    )
    assert 'href="#column-number"' in answer
    assert 'href="#column-given"' in answer
    assert chosen(answer)["column-family"] == "1"
    full = {**form, "column-number": "0", "column-family": "1", "column-given": "2"}
    assert "Enter a day" in page(
        send(officer, f"{where}/columns", where, **{**full, "effective-day": "32"}), 422
    )
    assert send(officer, f"{where}/columns", where, **full).status_code == 303
    work(app)
    assert ">12<" in page(officer.get(where))


def test_a_file_that_cannot_be_read_is_refused_on_the_lists_page(app: Flask, officer: FlaskClient) -> None:
    for file, words in ((b"PK\x03\x04", "damaged"), (b"", "no rows"), (b"a;b\n1;\x00", "NUL bytes")):
        form = {"csrf_token": token(page(officer.get(LIST))), "file": (BytesIO(file), "a.csv")}
        assert words in page(officer.post(LIST, data=form, content_type="multipart/form-data"), 422)
    with app.app_context():
        assert (db.session.query(CensusImport).count(), deposit.list_kept()) == (0, set())


def test_a_gigabyte_that_packs_to_little_is_refused_while_the_site_answers(
    app: Flask, officer: FlaskClient
) -> None:
    form = {"csrf_token": token(page(officer.get(LIST))), "file": (BytesIO(bomb()), "roll.xlsx")}
    began = time.monotonic()
    assert "far more than a list" in page(
        officer.post(LIST, data=form, content_type="multipart/form-data"), 422
    )
    assert time.monotonic() - began < 10
    gc.collect()  # of what the test client leaves behind, while it is known whose it is
    with app.app_context():
        assert deposit.list_kept() == set()


def test_a_file_that_breaks_off_is_refused_by_the_worker_in_the_language_of_who_looks(
    app: Flask, officer: FlaskClient
) -> None:
    where = compare(app, officer, town(40)[:-12])
    assert "ends in the middle of line 41" in page(officer.get(where))
    assert "s’arrête au milieu" in page(officer.get(where.replace("/en/", "/fr/")))
    with app.app_context():
        assert deposit.list_kept() == set()
    send(officer, f"{where}/discard", where)
    page(officer.get(where), 404)


def test_more_than_one_in_ten_gone_asks_for_their_number(app: Flask, officer: FlaskClient) -> None:
    with app.app_context():
        bring(queries.get_list(1), town(40))
    where = compare(app, officer, town(30))
    assert "10 of 40 people" in page(officer.get(where))
    for typed in ("", "9", "ten"):
        assert "confirm it by the number 10" in page(send(officer, f"{where}/apply", where, gone=typed), 422)
    assert send(officer, f"{where}/apply", where, gone=" 10 ").status_code == 303
    work(app)
    with app.app_context():
        assert queries.count_entries(1) == 30


def test_of_two_officers_with_a_file_each_the_second_is_told(app: Flask, officer: FlaskClient) -> None:
    other = signed_in(app, "jon@valclair.example", Role.OFFICER)
    first, second = compare(app, officer, town(40)), compare(app, other, town(39))
    send(officer, f"{first}/apply", first)
    assert "The list is being brought" in page(officer.get(first))
    late = send(other, f"{second}/apply", second)  # both have pressed the button before the worker came
    assert late.status_code == 303
    work(app)
    assert "The list has been changed since this file was compared" in page(other.get(second))
    with app.app_context():
        assert queries.count_entries(1) == 40


def test_a_decision_sent_twice_is_one(app: Flask, officer: FlaskClient) -> None:
    where = compare(app, officer, town(40))
    form = {"csrf_token": token(page(officer.get(where)))}
    answers = [officer.post(f"{where}/apply", data=form).status_code for _ in range(2)]
    assert answers == [303, 409]
    work(app)
    assert [officer.post(f"{where}/undo", data=form).status_code for _ in range(2)] == [303, 409]


def test_rejects_come_as_a_file_that_no_spreadsheet_runs(app: Flask, officer: FlaskClient) -> None:
    lines = [row(number) for number in range(9)]
    lines[2] = row(2, birth="31/02/1980")
    file = file_of(*lines).replace(b";sex;", b";=cmd|x;", 1)
    where = upload(officer, file)
    form = {**chosen(page(officer.get(where))), "column-sex": "4"}
    send(officer, f"{where}/columns", where, **form)
    work(app)
    sheet = officer.get(f"{where}/rejects.csv")
    assert sheet.headers["Content-Disposition"].startswith("attachment")
    said = sheet.get_data(as_text=True).splitlines()
    assert said[1:] == ["4;date of birth;The date does not exist, or is not written as day, month, year."]
    assert "31/02/1980" not in page(officer.get(where))


def test_a_header_that_is_a_formula_is_made_harmless(app: Flask, officer: FlaskClient) -> None:
    lines = [row(number, sex="?" if number == 3 else "F") for number in range(9)]
    where = upload(officer, file_of(*lines).replace(b";sex;", b";=cmd|x;", 1))
    send(officer, f"{where}/columns", where, **{**chosen(page(officer.get(where))), "column-sex": "4"})
    work(app)
    assert "5;'=cmd|x;" in officer.get(f"{where}/rejects.csv").get_data(as_text=True)


def test_what_waits_on_the_disk_is_sealed_and_gone_when_it_was_read(app: Flask, officer: FlaskClient) -> None:
    where = upload(officer, town(40))
    with app.app_context():
        (number,) = deposit.list_kept()
        kept = next(deposit.folder().iterdir()).read_bytes()
        with deposit.opened(number) as plain:
            assert plain.read() == town(40)
    assert not [word for word in (b"N-00001", "Núñez".encode(), b"family") if word in kept]
    send(officer, f"{where}/columns", where, **chosen(page(officer.get(where))))
    work(app)
    with app.app_context():
        assert deposit.list_kept() == set()


def test_a_worker_killed_while_it_reads_begins_again(app: Flask, officer: FlaskClient) -> None:
    where = upload(officer, town(40))
    send(officer, f"{where}/columns", where, **chosen(page(officer.get(where))))

    class Killed(BaseException):
        """What a kill leaves: the first batch committed, nothing after it."""

    with app.app_context():
        commit = db.session.commit

        def dies() -> None:
            commit()
            raise Killed

        bringing = imports.get_import(imports.find_wanted() or 0)
        with pytest.raises(Killed):
            arrival.carry_on(bringing, dies)
        db.session.rollback()
    assert "40 of about 40 rows" in page(officer.get(where)) or "40 rows have been read" in page(
        officer.get(where)
    )
    work(app)
    assert ">40<" in page(officer.get(where))


def test_a_fault_of_the_worker_is_told_and_holds_nobody_up(app: Flask, officer: FlaskClient) -> None:
    bad, good = (upload(officer, file) for file in (town(40), town(30)))
    for where in (bad, good):
        send(officer, f"{where}/columns", where, **chosen(page(officer.get(where))))
    trap = "CREATE TRIGGER trap BEFORE INSERT ON census_staged FOR EACH ROW WHEN (NEW.import_id = 1) "
    with app.app_context():
        if db.engine.dialect.name == "postgresql":
            body = "'BEGIN RAISE ''full''; END' LANGUAGE plpgsql"
            db.session.execute(text(f"CREATE FUNCTION broken() RETURNS trigger AS {body}"))
            db.session.execute(text(trap + "EXECUTE FUNCTION broken()"))
        else:
            db.session.execute(text(trap + "BEGIN SELECT RAISE(ABORT, 'full'); END"))
        db.session.commit()
    work(app)
    assert "Something went wrong on our side" in page(officer.get(bad))
    assert ">30<" in page(officer.get(good))


def test_files_whose_import_is_gone_are_removed(app: Flask, officer: FlaskClient) -> None:
    upload(officer, town(4))
    with app.app_context():
        deposit.keep(99, BytesIO(b"left over"))
        jobs.forget()
        assert deposit.list_kept() == {1}


def test_until_when_it_is_kept_can_be_changed(app: Flask, officer: FlaskClient) -> None:
    where = f"{LIST}/time"
    assert "Choose a day in the future" in page(
        send(officer, where, where, **{**LIST_FORM, "kept-year": "1999"}), 422
    )
    send(officer, where, where, **{**LIST_FORM, "kept-year": "2198"})
    assert "1 January 2198" in page(officer.get(LIST))


def test_comparing_by_the_shell_and_by_the_page_see_each_other(app: Flask, officer: FlaskClient) -> None:
    where = compare(app, officer, town(40))
    with app.app_context():
        bring(queries.get_list(1), town(10))
        prepare(queries.get_list(1), town(12))
    assert "has been changed since" in page(send(officer, f"{where}/apply", where), 409)
