"""What people and programs may send that nobody should: endless, broken and hostile input (A07, A41, F26)."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.callers import signed_in
from tests.web.conftest import page

MARKS = "\u0300\u0316" * 40_000
"""Combining marks of two classes in turn: Unicode normalization sorts them in the square of their number."""


@pytest.mark.parametrize("address", [MARKS, f"a@{MARKS}.fr", "é." * 100_000 + "fr", "a@" + "a." * 200_000])
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


def token_of(browser: FlaskClient) -> str:
    """The form token of a signed-in browser, from its account page."""
    html = browser.get("/en/account").get_data(as_text=True)
    return html.split('name="csrf_token" value="')[1].split('"')[0]
