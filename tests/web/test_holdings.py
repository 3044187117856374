"""Every place that names a person has its line in the one table that download, erasure and merging read."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

from app.core.db import Base
from app.people.purposes import PURPOSES
from app.privacy import wording
from app.privacy.holdings import HOLDINGS, AtErasure

ADDRESSES = {"address", "normalized", "recipient", "email", "phone", "postal", "sender"}
ACTORS = {"actor", "subject"}
OF_NOBODY = {("outbox_messages", "subject"), ("associations", "email"), ("associations", "phone")}
"""The subject of a letter is its title; an association publishes how it is reached."""
CLAIMED = {(one.table, one.column) for one in HOLDINGS}
TABLES = {one.table for one in HOLDINGS}


def unclaimed(metadata: MetaData) -> list[str]:
    """Columns that name people and stand in no line: keys to persons, actors; addresses in a table that no line claims."""
    found = []
    for table in metadata.sorted_tables:
        for column in table.columns:
            is_key = any(key.column.table.name == "persons" for key in column.foreign_keys)
            is_actor = (column.name in ACTORS or column.name.endswith("_by")) and isinstance(
                column.type, String
            )
            is_address = column.name in ADDRESSES and table.name not in TABLES
            names_somebody = is_key or is_actor or is_address
            is_hash = column.name == "address_hash"
            if (names_somebody or is_hash) and (table.name, column.name) not in CLAIMED | OF_NOBODY:
                found.append(f"{table.name}.{column.name}")
    return found


@pytest.fixture(scope="module")
def schema() -> MetaData:
    """Every table of every feature."""
    for file in (Path(__file__).parents[2] / "app").glob("*/models.py"):
        importlib.import_module(f"app.{file.parent.name}.models")
    return Base.metadata


def test_every_column_that_names_people_is_claimed(schema: MetaData) -> None:
    assert unclaimed(schema) == [], "say in app/privacy/holdings.py what becomes of it"


def test_every_claim_is_of_a_column_that_there_is(schema: MetaData) -> None:
    for one in HOLDINGS:
        assert {one.column, *one.hidden} <= set(schema.tables[one.table].columns.keys()), one.table
    assert len(CLAIMED) == len(HOLDINGS)


def test_a_table_that_nobody_claims_is_seen(schema: MetaData) -> None:
    made = MetaData()
    Table("persons", made, Column("id", Integer, primary_key=True))
    Table("gifts", made, Column("giver_id", ForeignKey("persons.id")), Column("made_by", String))
    Table("guests", made, Column("email", String))
    assert sorted(unclaimed(made)) == ["gifts.giver_id", "gifts.made_by", "guests.email"]


def test_no_key_to_a_person_that_stays_would_vanish_or_block_with_the_row(schema: MetaData) -> None:
    """The row of the account is emptied, never deleted; what is deleted is deleted by its line."""
    for one in HOLDINGS:
        for key in schema.tables[one.table].columns[one.column].foreign_keys:
            cascades = key.ondelete == "CASCADE"
            assert cascades is (one.at_erasure is not AtErasure.KEEP), one


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_every_line_is_said_in_words(app: Flask, lang: str) -> None:
    with app.test_request_context(f"/{lang}/"):
        said = [wording.describe(one) for one in HOLDINGS]
    assert all(one["what"] and one["when_deleted"] for one in said)
    assert len({(one["what"]) for one in said}) == len({one.table for one in HOLDINGS}) + 4
    assert PURPOSES
