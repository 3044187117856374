"""Where signing in leads, and what links in letters name: this site and no other (guarantees A26, A27)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.sign_in.rules import local_path
from tests.web.callers import person_of, sign_in
from tests.web.conftest import make_client
from tests.web.letters import texts_to

ANA = "ana@example.org"
FOREIGN = [
    "//evil.example",
    "\\evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "%2f%2fevil.example",
    "/%2f%2fevil.example",
    "/en/%2f%2fevil",
    "/en//evil.example",
    "//participe.valclair.example@evil.example",
    "https://participe.valclair.example@evil.example/",
    "/\tevil",
    "\t//evil.example",
    "/en/\n/evil",
    "javascript:alert(1)",
    "/en/../../evil",
    "/en/..//evil",
    "／／evil.example",
    "//ｅvil.example",
    "http://xn--e1awd7f.example",
    "///evil.example",
    "/.evil.example",
    "evil.example",
    "/en/%5cevil",
    "/en/%00",
    "/en/" + "a" * 600,
    "data:text/html,x",
    "/en/%252f%252fevil",
    "?next=//evil",
    "#//evil",
]


@pytest.mark.parametrize("wanted", FOREIGN)
def test_nobody_is_led_away_after_sign_in(wanted: str) -> None:
    assert local_path(wanted, "/en/") == "/en/"


@pytest.mark.parametrize("wanted", ["/en/", "/fr/budgets/7/ballot?page=2&sort=title", "/es/account"])
def test_pages_of_the_site_are_kept_as_targets(wanted: str) -> None:
    assert local_path(wanted, "/en/") == wanted


@pytest.mark.parametrize("wanted", ["//evil.example", "/\\evil.example", "https://evil.example"])
def test_a_foreign_target_in_the_form_leads_home(app: Flask, client: FlaskClient, wanted: str) -> None:
    person_of(app, ANA)
    assert sign_in(app, client, ANA, next=wanted).location == "/en/"


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host"])
def test_links_in_letters_never_follow_the_host_of_a_request(app: Flask, header: str) -> None:
    client = make_client(app)
    client.post("/en/sign-in", data={"email": ANA}, headers={header: "evil.example"})
    for text in texts_to(app, ANA):
        assert "evil" not in text
        assert "https://participe.valclair.example/en/sign-in/" in text
    assert len(texts_to(app, ANA)) == (0 if header == "Host" else 1)
