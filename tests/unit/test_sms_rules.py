"""How long a text is as SMS, where it goes, and what a provider's answer means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.sms.rules import Answer, Length, international, judge, measure, plain


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", Length(1, False)),
        ("a" * 160, Length(1, False)),
        ("a" * 161, Length(2, False)),
        ("a" * 306, Length(2, False)),
        ("a" * 307, Length(3, False)),
        ("€" * 80, Length(1, False)),
        ("€" * 81, Length(2, False)),
        ("a" * 152 + "€" + "a" * 152, Length(3, False)),  # the euro is not torn apart: 152, 2 + 151, 1
        ("Ñandú à la crème", Length(1, True)),  # ú is not in the alphabet of telephones
        ("Ñand\xf9 \xe0 la cr\xe8me", Length(1, False)),
        ("í" * 70, Length(1, True)),
        ("í" * 71, Length(2, True)),
        ("😀" * 35, Length(1, True)),
        ("😀" * 36, Length(2, True)),
        ("😀" * 67, Length(3, True)),  # 33 fit in 67 places: no half of one
    ],
)
def test_a_text_is_counted_as_networks_count_it(text: str, length: Length) -> None:
    assert measure(text) == length


@given(some.text(max_size=400), some.text(max_size=50))
def test_more_text_is_never_shorter_and_never_more_parts_than_its_signs(text: str, more: str) -> None:
    length, longer = measure(text), measure(text + more)
    assert length.parts <= longer.parts
    room = 67 if length.is_wide else 153
    assert length.parts <= 1 + 2 * len(text) // (room - 1)


def test_a_text_has_the_signs_that_are_cheap_and_no_empty_lines() -> None:
    assert plain("  L’eau – c’est\u202f: «ouvert»…\r\n\r\n Venez ") == "L'eau - c'est : «ouvert»...\nVenez"


@pytest.mark.parametrize(
    ("phone", "prefix", "found"),
    [
        ("04 75 00 00 00", "+33", "+33475000000"), ("+34 600 11 22 33", "+33", "+34600112233"),
        ("600 11 22 33", "+34", "+34600112233"), ("0033 4 75 00 00 00", "", "+33475000000"),
        ("04 75 00 00 00", "", None), ("", "+33", None), ("112", "+33", None), ("+0 1234567", "+33", None),
    ],
)  # fmt: skip
def test_a_number_goes_out_as_networks_want_it(phone: str, prefix: str, found: str | None) -> None:
    assert international(phone, prefix) == found


def test_an_answer_about_the_site_or_the_provider_gives_no_message_up() -> None:
    assert {judge(status) for status in (200, 201, 202, 204)} == {Answer.SENT}
    assert {judge(status) for status in (400, 410, 422)} == {Answer.REFUSED}
    away = (100, 301, 307, 401, 403, 404, 407, 429, 500, 502, 503)
    assert {judge(status) for status in away} == {Answer.AWAY}
