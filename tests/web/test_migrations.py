"""Each migration keeps what is in the database, and together they make what the models say: on both databases."""

from __future__ import annotations

import importlib
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import JSON, CheckConstraint, Column, Connection, MetaData, inspect, select

from app.core import migrating, schema
from app.core.db import Base, db
from app.factory import create_app
from tests.conftest import make_settings

pytestmark = pytest.mark.both_databases

REVISIONS = schema.revisions()
Rows = dict[str, dict[str, Any]]


def import_models(app: Flask) -> None:
    """Every table of every feature is known to the metadata."""
    for file in Path(app.root_path).glob("*/models.py"):
        importlib.import_module(f"app.{file.parent.name}.models")


def make_value(column: Column[Any], place: int, checks: list[str]) -> object:
    """Something that the column takes: its place in the table makes later instants later."""
    for check in checks:
        if re.search(rf"\b{column.name}\b", check) and (words := re.findall(r"'(\w+)'", check)):
            return words[0]
        if re.search(rf"\b{column.name}\b", check) and (
            numbers := re.findall(r"(?:IN \(|ARRAY\[)(\d+)", check)
        ):
            return int(numbers[0])
    if isinstance(column.type, JSON):
        return {"fr": "Été"}
    known: dict[type, object] = {
        int: 1, str: "x", bool: True, float: 1.5, bytes: b"x", date: date(2026, 3, 1),
        datetime: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=place),
    }  # fmt: skip
    return known[column.type.python_type]


def fill(connection: Connection) -> None:
    """One row in every table that there is."""
    found = MetaData()
    found.reflect(connection)
    for table in found.sorted_tables:
        if table.name == "alembic_version":
            continue
        listed = inspect(connection).get_check_constraints(table.name)
        checks = [check["sqltext"] for check in listed]
        row = {column.name: make_value(column, place, checks) for place, column in enumerate(table.columns)}
        connection.execute(table.insert().values(row))


def read(connection: Connection, only: list[str] | None = None) -> Rows:
    """The one row of every table, or of those named; fails where there is not just one."""
    found = MetaData()
    found.reflect(connection, only=only)
    return {
        table.name: dict(connection.execute(select(table)).mappings().one())
        for table in found.sorted_tables
        if table.name != "alembic_version"
    }


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_to_the_head_keeps_every_row_that_was_there(
    revision: str, bare_url: str, tmp_path: Path
) -> None:
    site = create_app(make_settings(bare_url, tmp_path))
    with site.app_context():
        try:
            assert migrating.migrate(revision).after == revision
            with db.engine.begin() as connection:
                fill(connection)
                before = read(connection)
            done = migrating.migrate()
            assert (done.before, done.after) == (revision, schema.head())
            with db.engine.connect() as connection:
                after = read(connection, only=list(before))
        finally:
            db.engine.dispose()
    for name, row in before.items():
        assert after[name].items() >= row.items(), name


def test_the_models_are_what_the_migrations_made(app: Flask) -> None:
    import_models(app)
    with app.app_context(), db.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


def test_the_database_holds_every_check_that_the_models_declare(app: Flask) -> None:
    import_models(app)
    with app.app_context(), db.engine.connect() as connection:
        looked, names = inspect(connection), connection.dialect.identifier_preparer
        for table in Base.metadata.sorted_tables:
            made = {check["name"] for check in looked.get_check_constraints(table.name)}
            declared = {
                names.format_constraint(constraint)
                for constraint in table.constraints
                if isinstance(constraint, CheckConstraint)
            }
            assert made == declared, table.name
