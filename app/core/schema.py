"""The schema's life: where it stands, where this release wants it, and the way from one to the other."""

from __future__ import annotations

from pathlib import Path

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from app.core.db import Base, db

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def head() -> str:
    """The revision that this release's code expects."""
    found = _scripts().get_current_head()
    if found is None:
        raise RuntimeError("there are no migrations")
    return found


def current(connection: Connection) -> str | None:
    """The revision of the database, None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def migrate(target: str = "head") -> tuple[str | None, str | None]:
    """Bring the database to `target` (a revision or "head") in one transaction; returns the revisions before and after.

    Two at once are safe: the second waits and finds nothing to do. On PostgreSQL no lock is awaited longer than 5 s.
    """
    scripts = _scripts()
    with db.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('civic.migrate'))"))
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        before = current(connection)
        with EnvironmentContext(
            Config(), scripts, fn=lambda rev, _: scripts._upgrade_revs(target, rev)
        ) as environment:
            environment.configure(
                connection=connection, target_metadata=Base.metadata, transactional_ddl=True
            )
            environment.run_migrations()
        return before, current(connection)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER)])
