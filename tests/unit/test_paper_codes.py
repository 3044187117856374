"""Codes on paper: what a mistyped one looks like, whatever was mistyped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.paper_codes.rules import ALPHABET, LENGTH, draw_code, grouped, read_code

PLACES = st.integers(0, LENGTH - 1)


def test_a_code_is_read_however_it_is_typed() -> None:
    code = draw_code()
    for typed in (grouped(code), grouped(code).lower(), f" {code[:5]} {code[5:]} "):
        assert read_code(typed) == code


@given(PLACES, st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_found(place: int, sign: str) -> None:
    code = draw_code()
    typed = code[:place] + sign + code[place + 1 :]
    assert read_code(typed) == (code if typed == code else "")


@given(PLACES, PLACES)
def test_two_signs_that_changed_places_are_found(one: int, other: int) -> None:
    code = draw_code()
    signs = list(code)
    signs[one], signs[other] = signs[other], signs[one]
    assert read_code("".join(signs)) == (code if signs == list(code) else "")


@given(st.text(max_size=20))
def test_anything_else_is_no_code(typed: str) -> None:
    assert read_code(typed) == "" or len(read_code(typed)) == LENGTH
