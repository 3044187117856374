"""The way of the schema from where it stands to where this release wants it (app.core.schema).

`upgrade()` of a migration only adds: the release before runs on its schema too. What may go later stands in its `contract()`,
which runs once both the release before and this one know the migration (ADR 11).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationInfo
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, insert, inspect, select, text
from sqlalchemy.exc import OperationalError

from app.core import clock
from app.core.db import Base, db
from app.core.schema import FOLDER, Contract, current, revisions

LOCK_MILLISECONDS = 400
"""How long a migration waits for a lock, with everybody who wants the same table waiting behind it."""
TRIES = 60
PAUSE_SECONDS = 0.5


@dataclass
class Migrated:
    """What a migration did: revisions before and after, seconds of each, tables of before that it locked against reading."""

    before: str | None
    after: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    locked: list[str] = field(default_factory=list)


def migrate(target: str = "head") -> Migrated:
    """Bring the database to `target` (a revision or "head") in one transaction; what is newer already stays as it is.

    Two at once are safe: the second waits and finds nothing to do. On PostgreSQL no lock is awaited longer than 0.4 s, since
    readers would wait behind it; the whole is tried again instead, for half a minute.
    """
    for left in range(TRIES, 0, -1):
        try:
            return _migrate(target)
        except OperationalError as error:
            if "lock timeout" not in str(error.orig) or left == 1:
                raise
            time.sleep(PAUSE_SECONDS)
    raise AssertionError


def contract(known_to: str) -> list[str]:
    """Run what is due of the `contract()`s: those of migrations up to `known_to`, the head of the release before. Returns which.

    Raises: OperationalError when a lock is not to be had; nothing was done then, and the next upgrade tries again.
    """
    if known_to not in revisions():
        return []  # the release before is the newer one: somebody went back
    with db.engine.connect() as connection, connection.begin():
        _wait_for_no_lock(connection)
        done = set(connection.scalars(select(Contract.revision)))
        due = [script for script in _line(known_to) if script.revision not in done and _contract_of(script)]
        with Operations.context(MigrationContext.configure(connection)):
            for script in due:
                _contract_of(script)()
                connection.execute(insert(Contract).values(revision=script.revision, done_at=clock.now()))
    return [script.revision for script in due]


def _migrate(target: str) -> Migrated:
    with db.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('civic.migrate'))"))
        _wait_for_no_lock(connection)
        done = Migrated(current(connection))
        if done.before is not None and done.before not in revisions():
            done.after = done.before
            return done
        tables = set(inspect(connection).get_table_names())
        done.seconds = _upgrade(connection, target)
        done.after = current(connection)
        done.locked = sorted(tables & set(_locked(connection)) - {"alembic_version"})
        return done


def _upgrade(connection: Connection, target: str) -> dict[str, float]:
    """Run what is lacking; returns seconds by revision."""
    scripts, begun = _scripts(), time.monotonic()
    seconds: dict[str, float] = {}

    def applied(
        ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]
    ) -> None:
        seconds[str(step.up_revision_id)] = round(time.monotonic() - begun - sum(seconds.values()), 3)

    with EnvironmentContext(
        Config(), scripts, fn=lambda rev, _: scripts._upgrade_revs(target, rev)
    ) as environment:
        environment.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transactional_ddl=True,
            on_version_apply=applied,
        )
        environment.run_migrations()
    return seconds


def _wait_for_no_lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_MILLISECONDS}ms'"))


def _locked(connection: Connection) -> list[str]:
    if connection.dialect.name != "postgresql":
        return []
    asked = """SELECT DISTINCT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation
               WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relkind = 'r'"""
    return list(connection.scalars(text(asked)))


def _contract_of(script: Script):  # type: ignore[no-untyped-def]
    return getattr(script.module, "contract", None)


def _line(upto: str) -> list[Script]:
    """The migrations from the first to `upto`."""
    return list(_scripts().walk_revisions("base", upto))[::-1]


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])
