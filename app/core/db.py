"""The database: one SQLAlchemy handle, PostgreSQL in service and SQLite for trials, with the same guarantees on both."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

from flask import Flask, has_request_context, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Executable,
    Insert,
    MetaData,
    Update,
    event,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

Row = Mapping[str, Any]
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of all tables; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMES)


IDLE_SECONDS = 1.0
"""A connection that has lain unused for longer may have died meanwhile."""

db = SQLAlchemy(model_class=Base, disable_autonaming=True)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime. A naive one is a programming fault and raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store in UTC; SQLite has no zones, so there it is stored bare."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back aware UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def init_app(app: Flask) -> None:
    """Bind the database of the settings to the app and set each new connection up."""
    url = app.config["CIVIC"].database_url
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=engine_options(url))
    db.init_app(app)
    with app.app_context():
        engine = db.engine
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            _ask_idle_connections(engine)


def for_each_dialect(make: Callable[[Any], Any]) -> Callable[[], Any]:
    """A statement that `make` puts together, once a dialect, of its INSERT, which can say what a conflict means."""
    made = cache(make)

    def statement() -> Any:
        dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
        return made(dialect.insert)

    return statement


def ask(statement: Executable, row: Row | Sequence[Row] | None = None) -> CursorResult[*tuple[Any, ...]]:
    """Carry out a statement about tables, not objects, in the session's transaction: it need not think of objects before."""
    return db.session.connection().execute(statement, row, execution_options={"preserve_rowcount": True})


def add_new(table: type[Base], rows: Row | Sequence[Row]) -> int:
    """Add rows to a table, but for those that are there already; returns how many were added."""
    dialect = postgresql if db.session.get_bind().dialect.name == "postgresql" else sqlite
    return ask(_insert_new(dialect.insert, table), rows).rowcount


@cache
def _insert_new(insert: Callable[[Any], Any], table: type[Base]) -> Any:
    return insert(table.__table__).on_conflict_do_nothing()


def count_changed(statement: Update | Delete | Insert, row: Row | None = None) -> int:
    """Carry out a conditional change and say how many rows it met: races are settled by asking the database, not before."""
    asked = statement.execution_options(preserve_rowcount=True)
    return cast("CursorResult[Any]", db.session.execute(asked, row)).rowcount


def engine_options(url: str) -> dict[str, Any]:
    """Options of the connection pool."""
    # A fault is logged with its statement, never with its values: they are addresses, codes and sealed ballots (A43).
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 15}}
    return {
        "hide_parameters": True,
        "pool_size": 8,
        "max_overflow": 4,
        "pool_timeout": 10,
        # A compiler for a statement of some milliseconds: 80 MB in each process of the database that ever used it.
        "connect_args": {"options": "-c jit=off"},
    }


def _ask_idle_connections(engine: Engine) -> None:
    """Ask a connection whether it still stands before it is used again, unless it answered a moment ago.

    So a restart of the database heals itself, and a crowd does not pay for a question with each page.
    """

    def note(_connection: object, record: Any) -> None:
        record.info["answered_at"] = time.monotonic()

    def ask(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get("answered_at", time.monotonic()) < IDLE_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as silent:
            raise InvalidatePoolError from silent

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's events say BEGIN, not the driver
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "busy_timeout=15000",
        "secure_delete=ON",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    reads = has_request_context() and request.method in ("GET", "HEAD")
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")
