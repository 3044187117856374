"""What an address, a name and a target of the site must be."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.rules import clean_name, mail_address, normalize_address, unlinked
from app.sign_in.rules import clean_digits, clean_recovery_code, local_path

SIGNS = st.text(alphabet="/\\.:@%?#&=-_~abcEVILhtps0259fF \t\r\n\x00é／｡", max_size=40)


@pytest.mark.parametrize(
    ("typed", "known_as"),
    [
        (" Ana@Example.ORG ", "ana@example.org"),
        ("o'neil+vote@mañana.example", "o'neil+vote@xn--maana-pta.example"),
        ("a.b@sub.example.org", "a.b@sub.example.org"),
    ],
)
def test_an_address_is_known_in_one_form(typed: str, known_as: str) -> None:
    assert normalize_address(typed) == known_as


def test_mail_goes_to_the_ascii_form_with_the_name_as_typed() -> None:
    assert mail_address(" Ana.B@Mañana.Example ") == "Ana.B@xn--maana-pta.Example"


@pytest.mark.parametrize(
    "typed",
    ["", "@", "a@b", "a@@example.org", "a..b@example.org", ".a@example.org", "a b@example.org", "a@example..org",
     "a@-example.org", "a@1.2.3.4", '"a b"@example.org', "a@example.org\nBcc: b@example.org", "a@exam ple.org",
     "a@example.org,b@example.org", "<a@example.org>", "ü@example.org", "a" * 65 + "@example.org", "a\x00@example.org"],
)  # fmt: skip
def test_what_mail_cannot_reach_is_no_address(typed: str) -> None:
    assert normalize_address(typed) is None


@given(st.text(max_size=60))
def test_the_known_form_of_a_known_form_is_itself(typed: str) -> None:
    once = normalize_address(typed + "@example.org")
    assert once is None or normalize_address(once) == once


@given(SIGNS)
def test_a_target_never_leaves_the_site(wanted: str) -> None:
    for text in (wanted, "/en" + wanted, "/en/" + wanted, "/" + wanted):
        path = local_path(text, "/en/")
        parts = urlsplit(urljoin("https://town.example/en/sign-in", path))
        assert (parts.scheme, parts.netloc) == ("https", "town.example")
        assert parts.path.startswith("/en") or path == text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        (" Ana  López ", "Ana López"),
        ("", ""),
        ("Ñandú 🐦", "Ñandú 🐦"),
        ("a\nb", None),
        ("x" * 81, None),
        ("a\x00", None),
    ],
)
def test_a_name_is_one_line(typed: str, name: str | None) -> None:
    assert clean_name(typed) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("https://evil.example/a?b=1", "https: //evil. example/a?b=1"),
        ("call www.evil.example", "call www. evil. example"),
        ("me@evil.example", "me@evil. example"),
        ("evil\u3002example", "evil\u3002 example"),
        ("Vecinos del Río, S.L., J. Pérez 2.5: 20", "Vecinos del Río, S.L., J. Pérez 2.5: 20"),
    ],
)
def test_a_name_in_a_letter_to_others_is_no_link(name: str, said: str) -> None:
    assert unlinked(name) == said


def test_digits_may_be_typed_as_people_do() -> None:
    assert clean_digits(" 123 456 ") == clean_digits("123-456") == clean_digits("12.34.56") == "123456"
    assert clean_recovery_code("K7M2P x9w4t") == "k7m2p-x9w4t"
