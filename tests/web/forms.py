"""Forms as a browser sends them: with the token of the page that they stand on."""

from __future__ import annotations

import re

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.conftest import page

LONG_OPEN = {
    "begins-day": "1", "begins-month": "2", "begins-year": "2026", "begins-hour": "09:00",
    "ends-day": "30", "ends-month": "6", "ends-year": "2199", "ends-hour": "18:00",
}  # fmt: skip
"""Dates as an officer types them, for a vote that has begun and ends after every test."""


def token(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found
    return found[1]


def send(client: FlaskClient, url: str, on: str, **fields: object) -> TestResponse:
    """Send a form as the page `on` would."""
    fields["csrf_token"] = token(page(client.get(on)))
    return client.post(url, data=fields)


def token_of(browser: FlaskClient) -> str:
    """The form token of a signed-in browser, from its account page."""
    html = browser.get("/en/account").get_data(as_text=True)
    return html.split('name="csrf_token" value="')[1].split('"')[0]
