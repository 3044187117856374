"""A file on its way into a list: its rows staged in batches, compared with the list, and taken over, all in the database.

No row is ever an object of the ORM: on PostgreSQL rows are streamed by COPY, on SQLite inserted by thousands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, literal, or_, select, text, update

from app.census.keys import Keys
from app.census.models import CensusEntry, CensusImport, CensusReject, CensusStaged
from app.census_imports.errors import ListChanged
from app.census_imports.rules import Checked, Reading, check_row
from app.core.db import count_changed, db
from app.tables.reading import Table

Staged = tuple[Any, ...]
BATCH = 5_000
MOST_REJECTS = 10_000
"""So many faults are kept for the list of rejects; all are counted."""
_SAID = (
    "birth_on", "birth_year", "sex", "district", "language", "family_hash", "used_family_hash", "given_hash",
)  # fmt: skip
_STAGED = ("import_id", "line", "is_held", "identity_hash", *_SAID)
_NOTHING = (None, 0, "", "", "", b"", b"", b"")


@dataclass(frozen=True)
class Target:
    """Where checked rows go, under which keys, and how they are read."""

    import_id: int
    keys: Keys
    reading: Reading


def stage(bringing: CensusImport, table: Table, reading: Reading, pause: Callable[[], object]) -> None:
    """Check and hash every row and put it beside the list; rejects with their reasons. Counts `rows` and `rejected`.

    After each batch `pause` is called: the edge commits there, so that nobody waits for a long file, and its progress is seen.
    Raises: ListChanged, when the list got other keys meanwhile.
    """
    reading_to = Target(bringing.id, Keys.held(bringing.list_id), reading)
    room = MOST_REJECTS
    rows = iter(table)
    while batch := list(islice(rows, BATCH)):
        staged, rejects, rejected = check_batch(reading_to, batch)
        _write(staged)
        if room > 0 and rejects:
            db.session.execute(insert(CensusReject), rejects[:room])
            room -= len(rejects)
        bringing.rows += len(batch)
        bringing.rejected += rejected
        db.session.flush()
        pause()
    if Keys.held(bringing.list_id).check() != reading_to.keys.check():
        raise ListChanged
    _look_over("census_staged")
    _reject_doubles(bringing)
    db.session.flush()


def compare(bringing: CensusImport) -> None:
    """Count what the staged rows would add, change and end."""
    stands = _stands(bringing)
    bringing.standing = _count(select(func.count()).select_from(CensusEntry).where(stands))
    met = select(func.count()).select_from(CensusStaged).join(CensusEntry, and_(_same(), stands))
    taken = and_(CensusStaged.import_id == bringing.id, CensusStaged.is_held.is_(False))
    staged = _count(select(func.count()).select_from(CensusStaged).where(taken))
    bringing.changed = _count(met.where(taken, _differs()))
    bringing.added = staged - _count(met.where(taken))
    bringing.ended = _count(
        select(func.count()).select_from(CensusEntry).where(stands, ~_is_staged(bringing))
    )
    db.session.flush()


def take_over(bringing: CensusImport) -> None:
    """End the entries that go or change, add the new ones, forget the staged rows."""
    ending = update(CensusEntry).values(valid_until=bringing.effective_on, ended_by=bringing.id)
    stands = _stands(bringing)
    count_changed(ending.where(stands, ~_is_staged(bringing)))
    differing = exists().where(
        CensusStaged.import_id == bringing.id, CensusStaged.is_held.is_(False), _same(), _differs()
    )
    count_changed(ending.where(stands, differing))
    said = [getattr(CensusStaged, name) for name in ("identity_hash", *_SAID)]
    fixed = [literal(bringing.list_id), literal(bringing.effective_on), literal(bringing.id)]
    new = select(*said, *fixed).where(
        CensusStaged.import_id == bringing.id,
        CensusStaged.is_held.is_(False),
        ~exists().where(_same(), stands),
    )
    into = ["identity_hash", *_SAID, "list_id", "valid_from", "added_by"]
    db.session.execute(insert(CensusEntry).from_select(into, new))
    _look_over("census_entries")
    forget(bringing.id)


def take_back(bringing: CensusImport) -> None:
    """Remove the entries that an import added and reopen those that it ended."""
    db.session.execute(delete(CensusEntry).where(CensusEntry.added_by == bringing.id))
    ended = CensusEntry.ended_by == bringing.id
    db.session.execute(update(CensusEntry).where(ended).values(valid_until=None, ended_by=None))
    _look_over("census_entries")


def forget(import_id: int, *, rejects: bool = False) -> None:
    """Delete the staged rows of an import, and its rejects too."""
    db.session.execute(delete(CensusStaged).where(CensusStaged.import_id == import_id))
    if rejects:
        db.session.execute(delete(CensusReject).where(CensusReject.import_id == import_id))


def check_batch(
    target: Target, batch: list[tuple[int, list[str]]]
) -> tuple[list[Staged], list[dict[str, Any]], int]:
    """Rows as they are staged, faults as they are kept, and how many rows were rejected."""
    staged: list[Staged] = []
    rejects: list[dict[str, Any]] = []
    rejected = 0
    for line, cells in batch:
        checked = check_row(cells, target.reading)
        if checked.row is None:
            rejected += 1
            rejects += [
                {"import_id": target.import_id, "line": line, "field": fault.field, "reason": fault.reason}
                for fault in checked.faults
            ]
            if not checked.identity:
                continue
        staged.append(_staged(target, line, checked))
    return staged, rejects, rejected


def _staged(target: Target, line: int, checked: Checked) -> Staged:
    row, keys = checked.row, target.keys
    head = (target.import_id, line, row is None, keys.of_identity(checked.identity))
    if row is None:
        return (*head, *_NOTHING)
    born = row.birth_on or row.birth_year
    said = (row.birth_on, row.birth_year, row.sex, row.district, row.language)
    used = keys.of_family(born, row.used_family) if row.used_family else b""
    return (*head, *said, keys.of_family(born, row.family), used, keys.of_given(born, row.given))


def _is_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def _look_over(table: str) -> None:
    """Have PostgreSQL see what a table holds now, or it reads the whole list for one person until it sees so by itself."""
    if _is_postgresql():
        db.session.execute(text(f"ANALYZE {table}"))


def _write(staged: list[Staged]) -> None:
    if not staged:
        return
    if _is_postgresql():
        driver: Any = db.session.connection().connection.driver_connection
        columns = ", ".join(_STAGED)
        with driver.cursor() as cursor, cursor.copy(f"COPY census_staged ({columns}) FROM STDIN") as copy:
            for row in staged:
                copy.write_row(row)
        return
    rows = [dict(zip(_STAGED, row, strict=True)) for row in staged]
    db.session.execute(insert(CensusStaged), rows)


def _reject_doubles(bringing: CensusImport) -> None:
    """Of lines with the same person the first is taken; the others are rejected."""
    mine = and_(CensusStaged.import_id == bringing.id, CensusStaged.is_held.is_(False))
    first = func.min(CensusStaged.line).label("first")
    again = select(CensusStaged.identity_hash, first).where(mine).group_by(CensusStaged.identity_hash)
    people = again.having(func.count() > 1).subquery()
    is_same = and_(people.c.identity_hash == CensusStaged.identity_hash, people.c.first < CensusStaged.line)
    doubles = select(CensusStaged.import_id, CensusStaged.line, literal(""), literal("duplicate"))
    into = ["import_id", "line", "field", "reason"]
    listed = doubles.join(people, is_same).where(mine).order_by(CensusStaged.line).limit(MOST_REJECTS)
    db.session.execute(insert(CensusReject).from_select(into, listed))
    lines = select(CensusStaged.line).join(people, is_same).where(mine).scalar_subquery()
    gone = delete(CensusStaged).where(CensusStaged.import_id == bringing.id, CensusStaged.line.in_(lines))
    bringing.rejected += count_changed(gone)


def _stands(bringing: CensusImport) -> ColumnElement[bool]:
    return and_(CensusEntry.list_id == bringing.list_id, CensusEntry.valid_until.is_(None))


def _same() -> ColumnElement[bool]:
    return CensusStaged.identity_hash == CensusEntry.identity_hash


def _differs() -> ColumnElement[bool]:
    return or_(*(getattr(CensusStaged, name).is_distinct_from(getattr(CensusEntry, name)) for name in _SAID))


def _is_staged(bringing: CensusImport) -> ColumnElement[bool]:
    return exists().where(CensusStaged.import_id == bringing.id, _same())


def _count(asked: Any) -> int:
    return db.session.scalar(asked) or 0
