"""The fingerprint of a database: how many rows each table has and what they say, whatever their order on the disk.

Two databases with equal fingerprints hold the same rows. Tables are read from the database itself, so that an older or a newer
schema than this release's is fingerprinted too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from app.core import schema
from app.core.errors import Refusal

RESTLESS = ("throttle_counts", "worker_beats", "mail_server_away")
"""Left out: a site that starts and answers a page writes them by itself, and nothing is lost with them."""
LOCK_SECONDS = 5
_AS_TEXT = {
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "TimeZone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
}
_NO_LIMITS = {"idle_in_transaction_session_timeout": "0", "statement_timeout": "0"}
_TABLES = """SELECT c.relname, array_agg(a.attname::text ORDER BY a.attname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname ORDER BY c.relname"""


class NoFingerprint(Refusal):
    """Only PostgreSQL has one."""

    status = 409

    def message(self) -> str:
        """The sentence to show; the shell speaks English."""
        return "Only a site on PostgreSQL has a fingerprint: a trial site has no backup sets."


@dataclass(frozen=True)
class View:
    """One moment of a database: its snapshot, which others may read by its name as long as it is held."""

    connection: Connection
    snapshot: str
    schema: str | None
    postgresql_major: int

    def tables(self) -> dict[str, dict[str, int | str]]:
        """Rows and hash of each table."""
        return {
            name: _table(self.connection, name, columns)
            for name, columns in _columns(self.connection).items()
            if name not in RESTLESS
        }


@contextmanager
def hold(engine: Engine) -> Iterator[View]:
    """Hold one moment of the database.

    All tables are locked against being emptied or changed in form before the moment is taken; who reads or writes rows does not
    wait for that. TRUNCATE, with which a closed box is written anew, would leave the table empty for whoever reads an older one.

    Raises: NoFingerprint on SQLite.
    """
    if engine.dialect.name != "postgresql":
        raise NoFingerprint
    with engine.connect() as bare:
        connection = bare.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            for name, words in {**_AS_TEXT, **_NO_LIMITS, "lock_timeout": f"{LOCK_SECONDS}s"}.items():
                connection.exec_driver_sql(f"SET LOCAL {name} = '{words}'")
            yield _look(connection)


def _look(connection: Connection) -> View:
    # This first look takes a snapshot of its own, which must not be the one that is held: it is older than the locks.
    with connection.engine.connect() as other:
        names = list(_columns(other))
    if names:
        tables = ", ".join(_quoted(name) for name in names)
        connection.exec_driver_sql(f"LOCK TABLE {tables} IN ACCESS SHARE MODE")
    snapshot = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
    version = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    return View(connection, snapshot, schema.current(connection), version // 10000)


def _columns(connection: Connection) -> dict[str, list[str]]:
    return {name: columns for name, columns in connection.execute(text(_TABLES))}


def _table(connection: Connection, name: str, columns: list[str]) -> dict[str, int | str]:
    row = ", ".join(_quoted(column) for column in columns)
    rows, total = connection.exec_driver_sql(
        f"SELECT count(*), sum(('x' || left(md5(ROW({row})::text), 16))::bit(64)::bigint) FROM {_quoted(name)}"  # noqa: S608 - names of the catalogue, quoted
    ).one()
    return {"rows": rows, "hash": f"{int(total or 0) % 2**64:016x}"}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
