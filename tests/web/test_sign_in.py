"""Signing in by code and by link (guarantees A21 to A27)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import db
from app.mail.outbox import OutboxMessage
from app.people import service as people
from app.people.models import Person
from app.sign_in.models import Session, SignInCode
from tests.web.callers import ask, person_of, sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.letters import code_in, link_in, texts_to
from tests.web.towns import open_budget

ANA = "ana@example.org"


def count_sessions(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Session)) or 0


def test_a_newcomer_signs_in_with_the_code_and_is_greeted(app: Flask, client: FlaskClient) -> None:
    page(client.get("/en/sign-in"))
    where = ask(client, " Ana@Example.ORG ")
    html = page(client.get(where))
    assert 'autocomplete="one-time-code"' in html
    assert "Ana@Example.ORG" in html
    code = code_in(texts_to(app, "Ana@Example.ORG")[0])
    answer = client.post(where, data={"code": f"{code[:3]} {code[3:]}"})
    assert urlsplit(answer.location).path == "/en/welcome"
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-civic=")
    assert all(mark in cookie for mark in ("; Secure", "; HttpOnly", "; Path=/", "; SameSite=Lax"))
    html = page(client.get(answer.location))
    token = re.search(r'name="csrf_token" value="(\w+)"', html)
    assert token
    answer = client.post("/en/welcome", data={"display_name": " Ana  López ", "csrf_token": token.group(1)})
    assert answer.location == "/en/"
    with app.app_context():
        person = people.find_person_by_email(ANA)
        assert person is not None
        assert person.display_name == "Ana López"
        assert people.is_confirmed(person.id)


def test_no_cookie_is_set_before_sign_in(app: Flask, client: FlaskClient) -> None:
    answers = [
        client.get("/en/sign-in"),
        client.get(ask(client, ANA)),
        client.get("/en/sign-in/unknown-handle"),
    ]
    assert not any("Set-Cookie" in answer.headers for answer in answers)
    assert {answer.headers["Cache-Control"] for answer in answers} == {"private, no-store"}


def test_who_comes_back_is_not_greeted_again_and_goes_on(app: Flask, client: FlaskClient) -> None:
    person_of(app, ANA)
    answer = sign_in(app, client, ANA, next="/en/account?x=1")
    assert answer.location == "/en/account?x=1"
    page(client.get("/en/account"))


def test_a_protected_page_leads_to_sign_in_and_back(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/en/account")
    assert (answer.status_code, answer.location) == (303, "/en/sign-in?next=/en/account")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ana",
        "ana@",
        "@example.org",
        "a b@example.org",
        "ana@example.org\r\nBcc: x@y.example",
        "ana@localhost",
        "é@example.org",
        "a@" + "b" * 250 + ".org",
    ],
)
def test_an_unusable_address_is_explained_and_kept(client: FlaskClient, typed: str) -> None:
    html = page(client.post("/en/sign-in", data={"email": typed}), 422)
    assert "correct form" in html
    assert 'href="#email"' in html


def test_known_and_unknown_addresses_get_the_same_answer(app: Flask) -> None:
    person_of(app, "known@example.org")
    bodies = []
    for address in ("known@example.org", "ghost@example.org"):
        client = make_client(app)
        answer = client.post("/en/sign-in", data={"email": address})
        where = urlsplit(answer.location).path
        shown = page(client.get(where)).replace(address, "").replace(where.split("/")[-1], "")
        wrong = (
            page(client.post(where, data={"code": "abc"}), 422)
            .replace(address, "")
            .replace(where.split("/")[-1], "")
        )
        bodies.append((answer.status_code, len(answer.location), len(answer.data), shown, wrong))
    assert bodies[0] == bodies[1]


def test_a_code_has_five_tries(app: Flask, client: FlaskClient) -> None:
    where = ask(client, ANA)
    code = code_in(texts_to(app, ANA)[0])
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1, 0):
        html = page(client.post(where, data={"code": wrong}), 422)
        assert ("too many tries" in html) == (left == 0)
    page(client.post(where, data={"code": code}), 410)
    assert count_sessions(app) == 0


def test_a_used_code_and_its_link_do_not_work_again(app: Flask, client: FlaskClient) -> None:
    where = ask(client, ANA)
    letter = texts_to(app, ANA)[0]
    assert client.post(where, data={"code": code_in(letter)}).status_code == 303
    stranger = make_client(app)
    page(stranger.post(where, data={"code": code_in(letter)}), 410)
    page(stranger.post(link_in(letter)), 410)
    page(stranger.get(where), 410)
    assert count_sessions(app) == 1


def test_pressing_twice_in_the_same_browser_is_no_error(app: Flask, client: FlaskClient) -> None:
    person_of(app, ANA)
    where = ask(client, ANA, next="/en/account")
    code = code_in(texts_to(app, ANA)[0])
    client.post(where, data={"code": code})
    html = client.get("/en/account").text
    token = re.search(r'name="csrf_token" value="(\w+)"', html)
    assert token
    again = client.post(where, data={"code": code, "csrf_token": token.group(1)})
    assert (again.status_code, again.location) == (303, "/en/account")
    assert count_sessions(app) == 1


def test_a_code_of_another_account_does_not_work(app: Flask) -> None:
    one, two = make_client(app), make_client(app)
    ask(one, ANA)
    where = ask(two, "ben@example.org")
    if code_in(texts_to(app, ANA)[0]) == code_in(texts_to(app, "ben@example.org")[0]):
        pytest.skip("one in a million: both drew the same digits")
    page(two.post(where, data={"code": code_in(texts_to(app, ANA)[0])}), 422)
    own_link, foreign_link = link_in(texts_to(app, "ben@example.org")[0]), link_in(texts_to(app, ANA)[0])
    page(two.post(own_link.rsplit("/", 1)[0] + "/" + foreign_link.rsplit("/", 1)[1]), 410)


def test_an_expired_code_does_not_work(app: Flask, client: FlaskClient) -> None:
    where = ask(client, ANA)
    with app.app_context():
        db.session.execute(update(SignInCode).values(expires_at=clock.now() - timedelta(seconds=1)))
        db.session.commit()
    page(client.post(where, data={"code": code_in(texts_to(app, ANA)[0])}), 410)
    page(client.post(link_in(texts_to(app, ANA)[0])), 410)


def test_a_new_code_replaces_the_old_one_and_its_unsent_letter(app: Flask, client: FlaskClient) -> None:
    where = ask(client, ANA)
    old = texts_to(app, ANA)[0]
    answer = client.post(f"{where}/again")
    page(client.post(where, data={"code": code_in(old)}), 410)
    page(client.post(link_in(old)), 410)
    with app.app_context():
        first = select(OutboxMessage.state).order_by(OutboxMessage.id).limit(1)
        assert db.session.scalar(first) == "cancelled"
    new = texts_to(app, ANA)[-1]
    assert client.post(urlsplit(answer.location).path, data={"code": code_in(new)}).status_code == 303


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_fetching_the_link_signs_nobody_in(app: Flask, client: FlaskClient, method: str) -> None:
    ask(client, ANA)
    path = link_in(texts_to(app, ANA)[0])
    for _ in range(3):
        answer = client.open(path, method=method, headers={"Sec-Purpose": "prefetch"})
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
    assert count_sessions(app) == 0
    if method == "GET":
        page(client.get(path))
    assert make_client(app).post(path).status_code == 303
    assert count_sessions(app) == 1


def test_a_session_that_was_planted_is_replaced_at_sign_in(app: Flask, client: FlaskClient) -> None:
    client.set_cookie("__Host-civic", "planted-by-somebody", domain=app.config["CIVIC"].hostname, secure=True)
    answer = sign_in(app, client, ANA)
    assert "planted-by-somebody" not in answer.headers["Set-Cookie"]
    assert client.get("/en/account").status_code == 200


def test_signing_out_ends_the_session_in_the_database(app: Flask, client: FlaskClient) -> None:
    sign_in(app, client, ANA)
    html = client.get("/en/account").text
    cookie = client.get_cookie("__Host-civic", domain=app.config["CIVIC"].hostname)
    token = re.search(r'name="csrf_token" value="(\w+)"', html)
    assert cookie
    assert token
    assert client.post("/en/sign-out", data={"csrf_token": token.group(1)}).status_code == 303
    thief = make_client(app)
    thief.set_cookie("__Host-civic", cookie.value, domain=app.config["CIVIC"].hostname, secure=True)
    assert thief.get("/en/account").status_code == 303
    assert count_sessions(app) == 0


def test_a_closed_account_cannot_sign_in_and_nothing_says_so_before(app: Flask, client: FlaskClient) -> None:
    person_of(app, ANA)
    with app.app_context():
        person = people.find_person_by_email(ANA)
        assert person is not None
        people.disable(person, "shell")
        db.session.commit()
    where = ask(client, ANA)
    page(client.post(where, data={"code": code_in(texts_to(app, ANA)[0])}), 403)
    assert count_sessions(app) == 0


def test_a_form_from_another_site_is_refused(app: Flask, client: FlaskClient) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        page(client.post("/en/sign-in", data={"email": ANA}, headers=headers), 403)
    sign_in(app, client, ANA)
    page(client.post("/en/account/sign-out-everywhere"), 403)
    assert client.get("/en/sign-out").status_code == 405
    assert count_sessions(app) == 1


def test_nothing_kept_in_the_database_signs_in(app: Flask, client: FlaskClient) -> None:
    ask(client, ANA)
    letter = texts_to(app, ANA)[0]
    token = link_in(letter).rsplit("/", 1)[1]
    with app.app_context():
        row = db.session.scalars(select(SignInCode)).one()
        kept = " ".join(str(getattr(row, column.key)) for column in SignInCode.__table__.columns)
    assert code_in(letter) not in (row.code_hash, row.link_hash)
    assert token not in kept


def test_two_codes_for_one_newcomer_open_one_account(app: Flask) -> None:
    for _ in range(2):
        sign_in(app, make_client(app), ANA)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1


def test_a_link_that_was_sent_on_says_whom_it_signs_in(app: Flask, client: FlaskClient) -> None:
    """A25: who gets somebody else's own link sees whose account it leads to; a wrong or spent link tells no address."""
    ask(client, "thief@elsewhere.example")
    link = link_in(texts_to(app, "thief@elsewhere.example")[-1])
    victim = make_client(app)
    assert "thief@elsewhere.example" in page(victim.get(link))
    assert "thief@" not in page(victim.get(link[:-1] + ("A" if link[-1] != "A" else "B")))
    assert "thief@" not in page(victim.get("/en/sign-in/nobody/" + link.rpartition("/")[2]))
    victim.post(link)
    assert "thief@" not in page(make_client(app).get(link))


def test_pages_where_something_is_done_for_good_name_the_account(app: Flask) -> None:
    slug = open_budget(app)
    client = signed_in(app, ANA)
    assert ANA in page(client.get(f"/en/budgets/{slug}/ballot"))
    assert ANA not in page(client.get(f"/en/budgets/{slug}"))
