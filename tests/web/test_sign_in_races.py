"""The same code fifty times at once, guesses at once, and whether time tells who has an account (A21, A22, A23, A32)."""

from __future__ import annotations

import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.people.models import Person
from app.sign_in.models import Session, SignInCode
from tests.web.callers import ask, person_of
from tests.web.conftest import make_client
from tests.web.letters import code_in, link_in, texts_to

pytestmark = pytest.mark.both_databases

ANA = "ana@example.org"


def at_once(number: int, act: Callable[[int], tuple[int, str]]) -> list[tuple[int, str]]:
    """Run `act` in that many threads that start together."""
    gate, answers = threading.Barrier(number), []

    def run(index: int) -> None:
        gate.wait()
        answers.append(act(index))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("known", [True, False])
def test_fifty_uses_of_one_code_at_once_begin_one_session(app: Flask, known: bool) -> None:
    if known:
        person_of(app, ANA)
    where = ask(make_client(app), ANA)
    letter = texts_to(app, ANA)[0]

    def use(index: int) -> tuple[int, str]:
        client = make_client(app)
        path, typed = (link_in(letter), {}) if index % 2 else (where, {"code": code_in(letter)})
        answer = client.post(path, data=typed)
        return answer.status_code, answer.text.partition("<main")[2].partition("</main>")[0]

    answers = at_once(50, use)
    counted = Counter(status for status, _ in answers)
    assert counted == {303: 1, 410: 49}
    assert len({text for status, text in answers if status == 410}) == 1, "the others all read the same"
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Session)) == 1
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1


def test_fifty_guesses_at_once_are_five_tries(app: Flask) -> None:
    where = ask(make_client(app), ANA)
    right = int(code_in(texts_to(app, ANA)[0]))

    def guess(index: int) -> tuple[int, str]:
        digits = f"{(right + 1 + index) % 1_000_000:06d}"
        return make_client(app).post(where, data={"code": digits}).status_code, ""

    assert Counter(status for status, _ in at_once(50, guess)) == {422: 5, 410: 45}
    with app.app_context():
        assert db.session.scalars(select(SignInCode.tries_left)).one() == 0


def test_fifty_requests_at_once_for_one_address_from_one_network_send_four_codes(app: Flask) -> None:
    def request(_index: int) -> tuple[int, str]:
        return make_client(app).post("/en/sign-in", data={"email": ANA}).status_code, ""

    assert Counter(status for status, _ in at_once(50, request)) == {303: 4, 429: 46}
    assert len(texts_to(app, ANA)) == 4


def test_time_does_not_tell_who_has_an_account(app: Flask) -> None:
    for number in range(100):
        person_of(app, f"known{number:03d}@example.org")
    took: dict[str, list[float]] = {"known": [], "ghost": []}
    client = make_client(app)
    for number in range(100):
        for kind in ("known", "ghost") if number % 2 else ("ghost", "known"):
            begun = time.perf_counter()
            answer = client.post("/en/sign-in", data={"email": f"{kind}{number:03d}@example.org"})
            took[kind].append(time.perf_counter() - begun)
            assert answer.status_code == 303
    assert abs(_welch_t(_calm(took["known"]), _calm(took["ghost"]))) < 4.5  # the bound of TVLA leakage tests


def _calm(seconds: list[float]) -> list[float]:
    return sorted(seconds)[: len(seconds) * 9 // 10]  # other programs on the machine make the slowest tenth


def _welch_t(one: list[float], two: list[float]) -> float:
    spread = statistics.variance(one) / len(one) + statistics.variance(two) / len(two)
    return (statistics.mean(one) - statistics.mean(two)) / spread**0.5
