"""A44: tries are few for a number, a name and the index of a letter, however they are typed, from whatever accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from flask import Flask

from app.core.db import db
from app.core.errors import TooMany
from app.core.spelling import normalized
from app.paper_codes import rules
from app.paper_codes import service as paper_codes
from app.paper_codes.errors import WrongCode
from app.people import service as people
from app.verification import service
from app.verification.rules import CHECKS_PER_CLAIM, CHECKS_PER_NAMES, Claim
from tests.web.rolls import bring, make_list, town

BORN = date(1930, 1, 1) + timedelta(days=7 * 37)
MOST = CHECKS_PER_CLAIM.most
NAMES = CHECKS_PER_NAMES.most


def tries(number: Callable[[int], str], given: Callable[[int], str], family: str = "Núñez-7") -> int:
    """How many birthdays can be tried on one person before the site says no, each from an account and a network of its own."""
    for n in range(NAMES + MOST):
        person = people.ensure_person(f"bot{n}@x.example", "en").id
        claim = Claim(number(n), normalized(family), normalized(given(n)), BORN + timedelta(days=n + 1))
        try:
            assert not service.check(person, claim, f"198.51.100.{n}")
        except TooMany:
            return n
        finally:
            db.session.commit()
    return NAMES + MOST


WAYS = {
    "as it is": lambda n: "N-00007",
    "with points": lambda n: "N" + "." * (n + 1) + "00007",
    "with spaces": lambda n: " ".join("N00007"[: n % 5 + 1]) + "N00007"[n % 5 + 1 :],
    "in other letters": lambda n: ("n-00007", "Ｎ00007", "N/00007")[n % 3],
}


@pytest.mark.parametrize("way", WAYS)
def test_a_number_is_tried_ten_times_however_it_is_typed(app: Flask, way: str) -> None:
    with app.app_context():
        bring(make_list(), town(40))
        assert tries(WAYS[way], lambda n: f"Any{n}") == MOST


def test_a_spanish_number_is_the_same_with_and_without_its_noughts(app: Flask) -> None:
    with app.app_context():
        make_list(country="es")
        assert tries(lambda n: "0" * (n % 2) + "1234567L", str) == MOST


def test_names_are_tried_fifty_times_whatever_number_is_typed_beside_them(app: Flask) -> None:
    with app.app_context():
        bring(make_list(identity="civil-status"), town(40))
        assert tries(lambda n: f"x{n}", lambda n: "Zoé7") == NAMES


def test_both_count_where_one_list_has_numbers_and_another_names(app: Flask) -> None:
    with app.app_context():
        bring(make_list("Padron"), town(40))
        bring(make_list("Roll", identity="civil-status"), town(40))
        assert tries(lambda n: f"N-1{n:04}", lambda n: "Zoé7") == NAMES
    with app.app_context():
        assert tries(lambda n: "N-00007", lambda n: f"Any{n}") == MOST


def test_where_lists_have_numbers_nobody_is_kept_out_by_others_of_the_same_name(app: Flask) -> None:
    with app.app_context():
        bring(make_list(), town(40))
        assert tries(lambda n: f"N-1{n:04}", lambda n: "") == NAMES + MOST


def wrong_code() -> str:
    """One that no letter has, as it could be."""
    return next(one for last in rules.ALPHABET if rules.read_code(one := rules.ALPHABET[:9] + last))


def test_a_dozen_accounts_do_not_lock_the_letter_of_somebody_else(app: Flask) -> None:
    with app.app_context():
        for n in range(12 * rules.PER_PERSON.most):
            person = people.ensure_person(f"bot{n // rules.PER_PERSON.most}@x.example", "en").id
            with pytest.raises(WrongCode):
                paper_codes.redeem(person, "7", wrong_code(), f"198.51.100.{n}")
            db.session.commit()


def test_the_index_of_a_letter_is_the_same_with_noughts_before_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = wrong_code()
    monkeypatch.setattr(rules, "PER_INDEX", replace(rules.PER_INDEX, most=10))
    with app.app_context():
        for n in range(2 * rules.PER_INDEX.most):
            person = people.ensure_person(f"bot{n}@x.example", "en").id
            refused = WrongCode if n < rules.PER_INDEX.most else TooMany
            with pytest.raises(refused):
                paper_codes.redeem(person, "0" * (n % 7) + "7", code, f"198.51.100.{n}")
            db.session.commit()
