"""Files that are sent in and pictures that are handed out (A09, A16, A38, A41, A42)."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.budgets import pictures
from app.budgets.models import Budget, Project
from app.core.db import db
from app.core.policy import Role
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import token_of
from tests.web.towns import open_budget, pb

# Werkzeug's test client leaves the spooled body of a large request to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
HUGE = ("9" * 30, "1" + "0" * 39, "92233720368547758.08")


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """A browser of an officer."""
    return signed_in(app, "marta@valclair.example", Role.OFFICER)


def send(officer: FlaskClient, file: bytes, name: str = "a.pb", title: str = "") -> tuple[int, str, float]:
    """Import a file: status, page, seconds."""
    form = {"csrf_token": token_of(officer), "title": title, "file": (BytesIO(file), name)}
    began = time.monotonic()
    answer = officer.post("/en/office/budgets/new", data=form, content_type="multipart/form-data")
    took = time.monotonic() - began
    assert answer.status_code in (303, 413, 422), answer.status_code
    return answer.status_code, "" if answer.status_code == 303 else page(answer, answer.status_code), took


@pytest.mark.parametrize("amount", HUGE)
def test_an_amount_that_no_column_holds_is_a_fault_of_the_file(
    app: Flask, officer: FlaskClient, amount: str
) -> None:
    for file in (pb(budget=amount), pb().replace(b"7;400;", f"7;{amount};".encode())):
        status, html, _ = send(officer, file)
        assert (status, "too large" in html) == (422, True)
    with app.app_context():
        assert db.session.query(Budget).count() == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "meta",
    [
        {"max_length": "9" * 39},
        {"min_length": "9" * 39},
        {"vote_type": "scoring", "max_points": "9" * 39},
        {"vote_type": "cumulative", "max_sum_points": "9" * 39},
        {"vote_type": "ordinal", "max_length": "9" * 39},
        {"max_sum_cost": "9" * 39},
        {"currency": "ÀÉÖ"},
        {"rule": "{{7*7}}"},
        {"unit": "é" * 900_000},
        {"unit": "\u0300\u0316" * 200_000},
        {"description": "x" * 900_000},
    ],
)
def test_a_file_of_extremes_is_refused_or_makes_pages_that_open(
    app: Flask, officer: FlaskClient, meta: dict[str, str]
) -> None:
    status, _, took = send(officer, pb((), **meta))
    assert took < 3
    if status != 303:
        return
    with app.app_context():
        slug = db.session.query(Budget).one().process_id
    for place in ("", "/texts", "/rule", "/dates", "/projects"):
        page(officer.get(f"/en/office/budgets/{slug_of(app, slug)}{place}"))
    page(officer.get(f"/en/budgets/{slug_of(app, slug)}"))


def slug_of(app: Flask, process_id: int) -> str:
    """The address of a process."""
    from app.processes.models import Process

    with app.app_context():
        return db.session.get_one(Process, process_id).slug


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "file",
    [
        b"x" * 10_000_000,
        b"META\nkey;value\n" + b"a;" * 5_000_000,
        b'META\nkey;value\na;"' + b'""' * 5_000_000,
        b"\n" * 2_000_000,
        b"META\nkey;value\n" + b"a;b\n" * 500_000,
        b"PK\x03\x04" + b"\0" * 1_000_000,
        b"\xff\xfe" + "META\nkey;value\n".encode("utf-16-le") * 10_000,
        b"META\n" * 200_000,
        b"",
    ],
)
def test_a_file_of_ten_megabytes_of_nothing_is_refused_in_time(officer: FlaskClient, file: bytes) -> None:
    """A41: refused, with a list of faults that a page can hold."""
    status, html, took = send(officer, file)
    assert status == 422
    assert len(html) < 300_000
    assert took < 8


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\0.pb", "<script>.pb", "a" * 5_000, ".pb", "a.pb\r\nX: y"]
)
def test_the_name_of_a_file_says_nothing(app: Flask, officer: FlaskClient, name: str) -> None:
    send(officer, pb(), name=name)


def test_pictures_cannot_run_and_those_of_a_draft_are_for_officers_only(
    app: Flask, officer: FlaskClient
) -> None:
    """A16, A38, A42: an SVG opened by itself is a document of the site's own origin."""
    slug = open_budget(app)
    script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script><script href="/face/civic.js"/></svg>'
    with app.app_context():
        pictures.keep("evil.svg", script)
        project = db.session.query(Project).first()
        assert project is not None
        project.picture, number = "evil.svg", project.id
        process = db.session.get_one(Budget, project.process_id)
        process.revision += 1
        db.session.commit()
    path = f"/en/budgets/{slug}/pictures/{number}"
    shown = make_client(app).get(path)
    assert shown.status_code == 200
    policy = shown.headers["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert "public" in shown.headers["Cache-Control"]
    assert "public" not in officer.get(path).headers["Cache-Control"]
    with app.app_context():
        from app.processes.models import Process

        db.session.query(Process).one().published_at = None
        db.session.commit()
    for browser in (make_client(app), signed_in(app, "ana@example.org")):
        assert browser.get(path).status_code == 404
    draft = officer.get(path)
    assert draft.status_code == 200
    assert "private" in draft.headers["Cache-Control"]


@pytest.mark.parametrize(
    "name", ["../secret.svg", "a/../../x.svg", "/etc/passwd", "x.html", "x.svg.html", "x.SVG\0", ""]
)
def test_a_picture_has_a_plain_name(app: Flask, tmp_path: Path, name: str) -> None:
    with app.app_context():
        assert pictures.find_file(name) is None
        with pytest.raises(ValueError, match="not a name"):
            pictures.keep(name, "x")
