"""Who steals the database and what lies on the disk, but not the site's key, learns no number of anybody (A44, ADR 13)."""

from __future__ import annotations

import re
from hashlib import blake2b, sha256
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.census import queries
from app.census.models import CensusEntry, CensusMatch
from app.census_imports import arrival
from app.core import seal
from app.core.db import db
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.dumps import PEOPLE, dictionary, stolen
from tests.web.forms import send
from tests.web.rolls import bring, file_of, make_list, row, town

pytestmark = pytest.mark.both_databases

CHECK = "/en/account/census"
HER = {"number": "N-00007", "family": "Núñez-7", "born-day": "17", "born-month": "9", "born-year": "1930"}


def found_with(key: bytes, dump: set[bytes]) -> int:
    """How many words of the dictionary the dump gives away under a key."""
    return sum(blake2b(word.encode(), digest_size=16, key=key).digest() in dump for word in dictionary())


def test_the_dictionary_of_the_whole_town_finds_nobody_without_the_key_and_everybody_with_it(
    app: Flask,
) -> None:
    with app.app_context():
        bring(make_list(), town(PEOPLE))
        dump = stolen()
        secret = str(app.config["SECRET_KEY"]).encode()
        assert found_with(seal.derive_key(secret, "census:1"), dump) == 3 * PEOPLE
        # Without a key; under keys made of nothing, of what everybody knows, and of all that the dump holds.
        words = {b"", b"civic", b"Roll", b"participe.valclair.example", *dump}
        guesses = [*words, *(seal.derive_key(word, "census:1") for word in words)]
        assert not any(found_with(guess[:64], dump) for guess in guesses)
        plain = {digest(word.encode()).digest() for word in dictionary() for digest in (sha256, blake2b)}
        assert not {hashed[:16] for hashed in plain} & {hashed[:16] for hashed in dump}


def test_equal_names_are_not_told_by_how_often_they_come(app: Flask) -> None:
    with app.app_context():
        bring(make_list(), file_of(*(row(number, "García", given="María") for number in range(PEOPLE))))
        for column in (CensusEntry.family_hash, CensusEntry.given_hash):
            assert len(set(db.session.scalars(select(column)))) == PEOPLE


def test_a_file_that_waits_on_the_disk_says_nothing_in_a_backup_without_the_key(app: Flask) -> None:
    with app.app_context():
        arrival.receive("person:1", make_list(), BytesIO(town(PEOPLE)))
        db.session.commit()
        files = [file for file in Path(app.config["CIVIC"].uploads_dir).rglob("*") if file.is_file()]
        assert files
        for file in files:
            assert not re.search(rb"N-0\d{4}|N.{1,2}ez|Zo.{1,2}\d", file.read_bytes())


def test_after_the_key_was_changed_nobody_is_known_until_the_file_comes_again_and_then_finds_themselves(
    app: Flask,
) -> None:
    with app.app_context():
        bring(make_list(), town(PEOPLE))
    client = signed_in(app, "zoe@valclair.example")
    assert send(client, CHECK, CHECK, **HER).status_code == 303
    with app.app_context():
        before = stolen()
    app.config["SECRET_KEY"] = "z" * 48
    client = signed_in(app, "zoe@valclair.example")
    assert send(client, CHECK, CHECK, **HER).status_code == 422
    with app.app_context():
        bring(queries.get_list(1), town(PEOPLE), gone=PEOPLE)
    assert "You are on the list" not in page(client.get(CHECK))
    assert send(client, CHECK, CHECK, **HER).status_code == 303
    assert "You are on the list" in page(client.get(CHECK))
    with app.app_context():
        match = db.session.scalars(select(CensusMatch)).one()
        assert match.identity_hash not in before
        standing = select(CensusEntry.identity_hash).where(CensusEntry.valid_until.is_(None))
        assert not set(db.session.scalars(standing)) & before
