"""The pages of the footer say what the law of the country asks for, and what the site really does."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.callers import sign_in
from tests.web.conftest import make_client, page

LAWS = {"fr": ("RGAA 4.1", "CNIL"), "es": ("1112/2018", "AEPD"), "other": ("EN 301 549", "authority")}


@pytest.mark.parametrize("country", LAWS)
def test_the_pages_name_the_law_of_the_country_in_every_language(country: str, tmp_path: Path) -> None:
    with empty_site(make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, country=country)) as app:
        for lang in ("fr", "es", "en"):
            client = make_client(app)
            home = page(client.get(f"/{lang}/"))
            assert f'href="/{lang}/accessibility"' in home
            assert f'href="/{lang}/privacy"' in home
            statement = page(client.get(f"/{lang}/accessibility"))
            privacy = page(client.get(f"/{lang}/privacy"))
            words = LAWS[country]
            if lang == "en" or country != "other":
                assert words[0] in statement
                assert words[1] in privacy
            assert "mairie@valclair.example" in statement
            assert "mairie@valclair.example" in privacy


def test_france_reads_on_every_page_how_accessible_the_site_is(tmp_path: Path) -> None:
    with empty_site(make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, country="fr")) as app:
        assert "Accessibilité\u00a0: non conforme" in page(make_client(app).get("/fr/sign-in"))


def test_every_cookie_of_a_voter_is_named_on_the_page(app: Flask, client: FlaskClient) -> None:
    assert not client._cookies
    privacy = page(client.get("/en/privacy"))
    assert not client._cookies
    sign_in(app, client, "ana@example.org")
    names = {cookie.key for cookie in client._cookies.values()} | {"__Host-civic_ballot"}
    assert names == {"__Host-civic", "__Host-civic_ballot", "__Host-civic_known"}
    assert all(f"<dt>{name}</dt>" in privacy for name in names)
