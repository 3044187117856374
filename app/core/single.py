"""One worker at a time, settled by the kernel or the database server: the lock falls with the process, even by kill -9."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

StillMine = Callable[[], bool]


@contextmanager
def hold(engine: Engine) -> Iterator[StillMine | None]:
    """Try to become the one worker of this database: yields a function that says whether it still is, or None if it is not."""
    if engine.dialect.name == "postgresql":
        with _advisory(engine) as mine:
            yield mine
    else:
        with _locked_file(Path(f"{engine.url.database}.worker")) as mine:
            yield mine


@contextmanager
def _advisory(engine: Engine) -> Iterator[StillMine | None]:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def still_mine() -> bool:
        try:
            connection.execute(text("SELECT 1"))
        except OperationalError:
            return False
        return True

    try:
        got = connection.execute(text("SELECT pg_try_advisory_lock(hashtext('civic.worker'))")).scalar_one()
        yield still_mine if got else None
    finally:
        connection.invalidate()  # closes it: an advisory lock must not return to the pool
        connection.close()


@contextmanager
def _locked_file(path: Path) -> Iterator[StillMine | None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield lambda: True
