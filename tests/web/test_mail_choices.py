"""The links of a letter: what a reader stops is stopped, by a button or by their mail program, and by nobody who only looks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.db import db
from app.mail.outbox import OutboxMessage
from app.mail_choices import tokens
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.models import Consent
from app.people.purposes import BY_KEY
from app.privacy.merging import merge
from app.readers import queries
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.callers import signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send, token_of
from tests.web.readers import confirm, draft, let_begin, reader, states

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def way(app: Flask) -> tuple[int, str, str]:
    """A reader, and the paths of the links in their letter."""
    app.config["CIVIC"] = replace(app.config["CIVIC"], mail_quiet_hours="")
    with app.app_context():
        number = reader("ana@example.org", name="Ana")
        found = tokens.links(number, "newsletter", 1, "en")
        return number, urlsplit(found.stop).path, urlsplit(found.choices).path


def wants(app: Flask, number: int) -> set[str]:
    with app.app_context():
        return {key for key in BY_KEY if consent.is_given(number, key)}


def test_opening_the_link_changes_nothing_and_its_button_stops_the_letters(
    app: Flask, client: FlaskClient, way: tuple[int, str, str]
) -> None:
    number, stop, _choices = way
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert client.open(stop, method=method).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert client.open(stop, method=method).status_code == 405
    assert wants(app, number) == {"newsletter"}
    html = page(client.get(stop))
    assert "Stop these letters?" in html
    assert "I want to receive the council" in html
    assert "You get no such letters any more" in page(client.post(stop, data={"csrf_token": ""}))
    assert wants(app, number) == set()
    with app.app_context():
        row = db.session.scalars(select(Consent).order_by(Consent.id.desc())).first()
        assert row
        assert (row.is_given, row.channel) == (False, "one-click")
    assert "You get no such letters any more" in page(client.get(stop))


def test_a_mail_program_stops_them_by_itself_once_however_often_it_asks(
    app: Flask, way: tuple[int, str, str]
) -> None:
    """RFC 8058, 3.1: a POST with List-Unsubscribe=One-Click, without cookies, and no page to look at."""
    number, stop, _choices = way
    for _ in range(3):
        answer = make_client(app).post(stop, data=ONE_CLICK)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "private, no-store"
    assert wants(app, number) == set()
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Consent)) == 2


def test_it_holds_for_what_waits_in_the_outbox_and_is_counted_for_the_mailing(
    app: Flask, way: tuple[int, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    number, _stop, _choices = way
    with app.app_context():
        reader("bo@example.org")
        mailing = draft()
        assert mailing.id == 1
        confirm(mailing)
        let_begin(monkeypatch)
        fields = db.session.scalar(
            select(OutboxMessage.fields).where(OutboxMessage.recipient == "ana@example.org")
        )
        assert fields
    path = urlsplit(fields["unsubscribe_url"]).path
    assert make_client(app).post(path, data=ONE_CLICK).status_code == 200
    with app.app_context():
        waiting = select(OutboxMessage.recipient).where(OutboxMessage.state == "waiting")
        assert db.session.scalars(waiting).all() == ["bo@example.org"]
        assert states(queries.get_mailing(1)) == {"handed": 1, "no-consent": 1}
        assert queries.count_left(1) == 1
    assert wants(app, number) == set()


def test_a_reader_chooses_each_purpose_without_signing_in(
    app: Flask, client: FlaskClient, way: tuple[int, str, str]
) -> None:
    number, _stop, choices = way
    html = page(client.get(choices))
    assert html.count(" checked") == 1
    answer = client.post(choices, data={"purpose": ["processes", "invitations", "nonsense"]})
    assert answer.status_code == 303
    assert "Your choice is noted" in page(client.get(answer.location))
    assert wants(app, number) == {"processes", "invitations"}
    assert client.post(choices, data={}).status_code == 303
    assert wants(app, number) == set()


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1] + ("A" if token[-1] != "A" else "B"),
        lambda token: token.replace("newsletter", "processes"),
        lambda token: "999" + token[token.index("-") :],
        lambda token: token.replace("-1-", "-2-"),
        lambda token: token.upper(),
        lambda token: token + "A",
        lambda token: "x",
        lambda token: "1-newsletter-1-" + "é" * 22,
        lambda token: "9" * 30 + "-newsletter-1-" + "A" * 22,
        lambda token: "1-newsletter-1-" + "A" * 5000,
        lambda token: "%0d%0aSet-Cookie:x",
    ],
)
def test_a_link_that_this_site_did_not_write_leads_nowhere(
    app: Flask, way: tuple[int, str, str], change: object
) -> None:
    number, stop, choices = way
    token = choices.rpartition("/")[2]
    changed = change(token)  # type: ignore[operator]
    assert changed != token
    for path in (f"/en/letters/{changed}", f"/en/letters/{changed}/stop"):
        for method in ("GET", "POST"):
            answer = make_client(app).open(path, method=method)
            assert answer.status_code in (404, 405), (method, path)
    assert wants(app, number) == {"newsletter"}
    assert stop


def test_one_site_s_links_are_not_another_s(app: Flask, way: tuple[int, str, str]) -> None:
    _number, stop, _choices = way
    app.config["CIVIC"] = replace(app.config["CIVIC"], secret_key="z" * 48)
    assert make_client(app).get(stop).status_code == 404


def test_the_link_of_a_closed_account_leads_nowhere(
    app: Flask, client: FlaskClient, way: tuple[int, str, str]
) -> None:
    number, stop, choices = way
    with app.app_context():
        people.disable(people.get_person(number), "shell")
        db.session.commit()
    assert [client.get(path).status_code for path in (stop, choices)] == [404, 404]


def test_the_link_of_an_account_that_became_another_one_stops_the_letters_of_that_one(
    app: Flask, client: FlaskClient, way: tuple[int, str, str]
) -> None:
    number, stop, choices = way
    with app.app_context():
        kept = [reader(f"ana{n}@example.org", name="Ana") for n in range(2)]
        for gone, into in ((number, kept[0]), (kept[0], kept[1])):
            merge("person:1", people.get_person(gone), people.get_person(into))
            db.session.commit()
    assert wants(app, kept[1]) == {"newsletter"}
    assert client.get(choices).status_code == 200
    assert client.post(stop, data=ONE_CLICK).status_code == 200
    assert wants(app, kept[1]) == set()


def test_a_link_in_a_language_that_the_site_has_dropped_still_stops_the_letters(tmp_path: Path) -> None:
    settings = make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, languages="fr,en")
    with empty_site(settings) as app:
        with app.app_context():
            number = reader("ana@example.org", language="es")
            found = tokens.links(number, "newsletter", 0, "en")
            stop, choices = (
                urlsplit(one).path.replace("/en/", "/es/") for one in (found.stop, found.choices)
            )
        client = make_client(app)
        html = page(client.get(f"{choices}?saved=yes"))
        assert '<html lang="fr"' in html
        assert f'href="{choices.replace("/es/", "/en/")}?saved=yes"' in html
        assert client.post(stop, data=ONE_CLICK).status_code == 200
        assert wants(app, number) == set()


def test_an_older_browser_says_from_where_the_button_was_pressed(
    app: Flask, client: FlaskClient, way: tuple[int, str, str]
) -> None:
    """With "no-referrer" it would say `Origin: null`, as a foreign page may."""
    number, stop, choices = way
    for path in (stop, choices):
        assert client.get(path).headers["Referrer-Policy"] == "same-origin"
    assert client.post(stop, headers={"Origin": "https://participe.valclair.example"}).status_code == 200
    assert wants(app, number) == set()


def test_a_foreign_page_cannot_press_the_button_for_somebody_signed_in(
    app: Flask, way: tuple[int, str, str]
) -> None:
    """A35: whoever is signed in sends the token of their session; the reader is who the link says, not who is signed in."""
    number, stop, _choices = way
    other = signed_in(app, "bo@example.org")
    assert other.post(stop, data={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert wants(app, number) == {"newsletter"}
    assert send(other, stop, stop).status_code == 200
    assert wants(app, number) == set()
    assert token_of(other)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_pages_are_there_in_each_language(app: Flask, client: FlaskClient, lang: str) -> None:
    with app.app_context():
        number = reader("ana@example.org")
        consent.give(number, BY_KEY["processes"], Way("page", lang))
        db.session.commit()
        found = tokens.links(number, "newsletter", 0, lang)
    for address in (found.stop, found.choices):
        html = page(client.get(urlsplit(address).path))
        assert f'lang="{lang}"' in html
        assert BY_KEY["newsletter"].name(lang) in html
