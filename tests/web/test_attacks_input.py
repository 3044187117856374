"""What people and programs may send that nobody should: endless, broken and hostile input (A07, A41, F26)."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.policy import Role
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import token_of
from tests.web.towns import open_budget

MARKS = "\u0300\u0316" * 20_000
"""Combining marks of two classes in turn: Unicode normalization sorts them in the square of their number."""


@pytest.mark.parametrize("address", [MARKS, f"a@{MARKS}.fr", "é." * 30_000 + "fr", "a@" + "a." * 100_000])
def test_an_endless_address_is_refused_at_once(client: FlaskClient, address: str) -> None:
    """A41: the sign-in page is open to everyone, so one request must not hold a worker."""
    began = time.monotonic()
    answer = client.post("/en/sign-in", data={"email": address})
    assert time.monotonic() - began < 1.5
    page(answer, 422)


def test_an_endless_name_is_refused_at_once(app: Flask) -> None:
    browser = signed_in(app, "ana@example.org")
    began = time.monotonic()
    answer = browser.post("/en/account", data={"display_name": MARKS, "csrf_token": token_of(browser)})
    assert time.monotonic() - began < 1.5
    page(answer, 422)


NUL_PATHS = (
    "/en/sign-in/%00",
    "/en/sign-in/a%00/b",
    "/en/budgets/%00",
    "/en/budgets/%00/projects",
    "/en/budgets/%00/ballot",
    "/en/ballots/%00/counts",
    "/en/one-time/%00",
    "/en/office/budgets/%00",
    "/en/%00",
    "/%00",
    "/en/budgets/a/projects/99999999999999999999999999",
    "/en/?q=%00",
)


@pytest.mark.parametrize("path", NUL_PATHS)
def test_an_address_that_no_database_can_look_up_leads_to_a_page(app: Flask, path: str) -> None:
    """F26: PostgreSQL keeps no NUL. Every role gets the refusal that SQLite's lookup gives."""
    for browser in (make_client(app), signed_in(app, "it@valclair.example", Role.ADMINISTRATOR)):
        answer = browser.get(path, follow_redirects=True)
        assert answer.status_code in (200, 400, 404, 410), answer.status_code
        page(answer, answer.status_code)


@pytest.mark.parametrize("number", ["0", str(2**31), str(2**63), "9" * 40])
def test_a_number_that_no_database_holds_is_an_unknown_page(app: Flask, number: str) -> None:
    admin = signed_in(app, "it@valclair.example", Role.ADMINISTRATOR)
    for path in (f"/en/office/staff/{number}/removal", f"/en/office/accounts/{number}/closing"):
        page(admin.post(path, data={"csrf_token": token_of(admin)}), 404)


def test_a_form_with_a_nul_is_refused_and_says_so(app: Flask) -> None:
    admin = signed_in(app, "it@valclair.example", Role.ADMINISTRATOR)
    slug, token = open_budget(app), token_of(admin)
    for path, form in (
        ("/en/account", {"display_name": "A\0na"}),
        ("/en/office/staff", {"email": "a\0@b.fr"}),
        ("/en/office/staff", {"email": "a@b.fr", "role": "officer\0"}),
        (f"/en/office/budgets/{slug}/texts", {"title-en": "A\0title"}),
        (f"/en/office/budgets/{slug}/rule", {"rule": "greedy\0"}),
        (f"/en/office/budgets/{slug}/texts", {"x\0": "A title"}),
    ):
        page(admin.post(path, data=form | {"csrf_token": token}), 400)


@pytest.mark.parametrize("token", ["é", "\ud7ff", "🗳", "a" * 100_000, ""])
def test_a_form_token_of_any_signs_is_refused_as_a_foreign_form(app: Flask, token: str) -> None:
    browser = signed_in(app, "ana@example.org")
    page(browser.post("/en/account", data={"display_name": "Ana", "csrf_token": token}), 403)


@pytest.mark.parametrize(
    "origin",
    ["http://[", "null", "https://evil.example", "//", "https://participe.valclair.example@evil.example"],
)
def test_an_origin_of_any_form_is_a_foreign_one(client: FlaskClient, origin: str) -> None:
    page(client.post("/en/sign-in", data={"email": "a@b.fr"}, headers={"Origin": origin}), 403)


@pytest.mark.parametrize("year", ["1", "9999", "٢٠٢٧", "2027" * 2000, "-1"])
def test_a_date_at_the_edge_of_the_calendar_is_refused(app: Flask, year: str) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    slug = open_budget(app)
    date = {"begins-day": "1", "begins-month": "1", "begins-year": year, "begins-hour": "00:00"}
    date |= {"ends-day": "31", "ends-month": "12", "ends-year": year, "ends-hour": "23:59"}
    form = date | {"csrf_token": token_of(officer), "sure": "1"}
    answer = officer.post(f"/en/office/budgets/{slug}/dates", data=form)
    assert answer.status_code in (303, 422), answer.status_code


def test_a_form_of_a_million_fields_is_refused_at_once(client: FlaskClient) -> None:
    """A41: as many fields as a form of parts may have, and no more."""
    began = time.monotonic()
    form = {"content_type": "application/x-www-form-urlencoded"}
    page(client.post("/en/sign-in", data="a&" * 900_000, **form), 413)
    assert time.monotonic() - began < 0.5
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(100_000))
    began = time.monotonic()
    page(
        client.post("/en/sign-in", data=parts + b"--x--\r\n", content_type="multipart/form-data; boundary=x"),
        413,
    )
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/json", "multipart/form-data", "multipart/form-data; boundary=\xff", "x"],
)
def test_a_body_of_another_kind_is_an_empty_form(client: FlaskClient, kind: str) -> None:
    answer = client.post("/en/sign-in", data=b"email=a@b.fr\xff\xfe", content_type=kind)
    assert answer.status_code in (400, 415, 422), answer.status_code
