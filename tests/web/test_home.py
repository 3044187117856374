"""The first page: what is open, coming and finished."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.web.conftest import page


def test_without_processes_the_first_page_says_so_in_each_language(client: FlaskClient) -> None:
    for lang in ("fr", "es", "en"):
        page(client.get(f"/{lang}/"))


def test_the_root_leads_to_the_language_the_browser_likes(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Accept-Language": "es-MX,es;q=0.9"})
    assert answer.headers["Location"] == "/es/"
