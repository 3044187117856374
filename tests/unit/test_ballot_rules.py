"""Receipts, sealing and the count chain, without a database."""

from __future__ import annotations

import dataclasses
import hashlib
import secrets
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ballots import rules
from app.core import seal

KEY = bytes(range(32))


@given(st.binary(max_size=3000))
def test_what_is_sealed_comes_back_and_only_with_its_key(content: bytes) -> None:
    sealed = seal.seal(KEY, content)
    assert seal.unseal(KEY, sealed) == content
    with pytest.raises(seal.Unreadable):
        seal.unseal(bytes(32), sealed)


@given(st.text(max_size=400), st.text(max_size=400))
def test_sealed_ballots_of_ordinary_length_are_equally_long(one: str, other: str) -> None:
    key = seal.derive_key(KEY, "length")
    lengths = {len(seal.seal(key, text.encode()[:500])) for text in (one, other)}
    assert len(lengths) == 1


@given(st.integers(1, 10**9), st.integers(1, 10**9))
def test_a_receipt_is_the_same_however_it_is_typed(process: int, person: int) -> None:
    code = rules.receipt_code(KEY, process, person)
    assert rules.clean_code(code) == code
    assert rules.clean_code(code.lower().replace("-", " ").replace("0", "o").replace("1", "l")) == code


def test_receipts_differ_by_browser_person_and_process() -> None:
    codes = {
        rules.receipt_code(key, process, person)
        for key in (KEY, bytes(32))
        for process in range(1, 20)
        for person in range(1, 20)
    }
    assert len(codes) == 2 * 19 * 19


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 8, 11, 33, 100])
def test_the_root_is_that_of_the_tree_built_level_by_level(number: int) -> None:
    leaves = [f"leaf {place}".encode() for place in range(number)]
    level = [hashlib.sha256(b"\x00" + leaf).digest() for leaf in leaves] or [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        pairs = [level[at : at + 2] for at in range(0, len(level), 2)]
        level = [
            hashlib.sha256(b"\x01" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs
        ]
    assert rules.merkle_root(leaves) == level[0].hex()


def test_any_change_in_the_box_changes_its_root() -> None:
    ids = sorted(secrets.token_hex(16) for _ in range(33))
    box = [rules.Ballot(one, f"{number}", f"h{number}") for number, one in enumerate(ids)]
    root = rules.box_root(box)
    with pytest.raises(ValueError, match="not in the order"):
        rules.box_root(list(reversed(box)))
    for number in range(33):
        changed = [dataclasses.replace(one, choices="x") if one is box[number] else one for one in box]
        assert rules.box_root(changed) != root
    assert rules.box_root(box[:-1]) != root


def test_a_changed_statement_is_not_signed() -> None:
    said = rules.Statement(1, 1, datetime(2027, 1, 1, tzinfo=UTC), 40, 0, 40, "ab", "", True)
    signature = rules.sign(KEY, said)
    assert rules.is_signed(rules.public_key(KEY), said, signature)
    assert not rules.is_signed(rules.public_key(KEY), dataclasses.replace(said, box=41), signature)
    assert not rules.is_signed(rules.public_key(bytes(32)), said, signature)
    assert not rules.is_signed(rules.public_key(KEY), said, "no hex")
