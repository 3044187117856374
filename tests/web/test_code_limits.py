"""How many codes may be asked for, by whom; and that nobody keeps an owner out by asking (guarantees A21, A22)."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.callers import person_of, sign_in
from tests.web.conftest import make_client, page
from tests.web.letters import code_in, texts_to

OWNER = "owner@example.org"
GHOST = "ghost@example.org"
MARK = "__Host-civic_known"


def ask(client: FlaskClient, address: str, network: str) -> int:
    """Ask for a code from that network; the status."""
    answer = client.post("/en/sign-in", data={"email": address}, environ_overrides={"REMOTE_ADDR": network})
    if answer.status_code == 429:
        assert 0 < int(answer.headers["Retry-After"]) <= 86_400
        page(answer, 429)
    return answer.status_code


def use_up(app: Flask, address: str) -> int:
    """What a stranger with as many networks as codes gets."""
    return [ask(make_client(app), address, f"198.51.100.{number}") for number in range(20)].count(303)


@pytest.mark.parametrize("address", [OWNER, GHOST])
def test_one_stranger_gets_four_codes_of_an_address_and_all_together_seven(app: Flask, address: str) -> None:
    person_of(app, OWNER)
    first = [ask(make_client(app), address, "198.51.100.1") for _ in range(6)]
    assert first == [303, 303, 303, 303, 429, 429]
    assert ask(make_client(app), address.upper(), "198.51.100.2") == 303
    assert use_up(app, address) == 2


def test_a_stranger_cannot_keep_the_owner_out_of_a_browser_known_here(app: Flask) -> None:
    owner = make_client(app)
    sign_in(app, owner, OWNER)
    owner.delete_cookie("__Host-civic", domain=app.config["CIVIC"].hostname)
    assert use_up(app, OWNER) == 6
    assert ask(make_client(app), OWNER, "203.0.113.7") == 429
    answer = owner.post("/en/sign-in", data={"email": OWNER})
    assert answer.status_code == 303
    entered = owner.post(urlsplit(answer.location).path, data={"code": code_in(texts_to(app, OWNER)[-1])})
    assert entered.location == "/en/"


def test_an_account_gets_ten_codes_a_day_whoever_asks(app: Flask) -> None:
    owner = make_client(app)
    sign_in(app, owner, OWNER)
    owner.delete_cookie("__Host-civic", domain=app.config["CIVIC"].hostname)
    use_up(app, OWNER)
    assert [ask(owner, OWNER, "203.0.113.7") for _ in range(5)] == [303, 303, 303, 429, 429]
    assert len(texts_to(app, OWNER)) == 10


def test_a_mark_is_good_for_its_own_address_and_cannot_be_made(app: Flask) -> None:
    host = app.config["CIVIC"].hostname
    thief = make_client(app)
    sign_in(app, thief, GHOST)
    mark = thief.get_cookie(MARK, domain=host)
    assert mark is not None
    assert mark.http_only
    assert mark.secure
    assert "ghost" not in mark.value
    thief.delete_cookie("__Host-civic", domain=host)
    use_up(app, OWNER)
    assert ask(thief, OWNER, "203.0.113.7") == 429
    for forged in ("x", f"{'a' * 22}.{'0' * 64}", mark.value + "." + "0" * 64, "é" * 90, "." * 4000):
        thief.set_cookie(MARK, forged, domain=host, secure=True)
        assert ask(thief, OWNER, "203.0.113.7") == 429


def test_a_browser_is_known_with_the_last_four_addresses_that_signed_in(app: Flask) -> None:
    host = app.config["CIVIC"].hostname
    shared = make_client(app)
    for number in range(5):
        sign_in(app, shared, f"p{number}@example.org")
        shared.delete_cookie("__Host-civic", domain=host)
    for number, status in ((0, 429), (1, 303), (4, 303)):
        use_up(app, f"p{number}@example.org")
        assert ask(shared, f"p{number}@example.org", "203.0.113.7") == status


def test_a_forged_forwarded_header_does_not_hide_the_network(app: Flask) -> None:
    statuses = [
        make_client(app)
        .post(
            "/en/sign-in",
            data={"email": f"p{number}@example.org"},
            headers={"X-Forwarded-For": f"203.0.113.{number % 250}"},
        )
        .status_code
        for number in range(301)
    ]
    assert (statuses[0], statuses[-1]) == (303, 429)
