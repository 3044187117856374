"""Another pepper in the place of the one before: all hashes of a list are made anew, without anybody's number (ADR 13).

A list is renewed in one transaction, which also seals its key with the new pepper. So whatever kills a renewal, each list is
wholly of one pepper and says which; the next run goes on with those that are left.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from app.census import keys
from app.census.keys import LENGTH, Keys, OtherPepper
from app.census.models import KEYED, CensusImport, CensusList, CensusMatch, CensusTick
from app.census.service import hold_list
from app.core import audit
from app.core.db import ask, db

BATCH = 5_000


@dataclass(frozen=True)
class Standing:
    """How the lists stand to the site's peppers: names of those to be renewed, and of those that no pepper opens."""

    left: tuple[str, ...]
    lost: tuple[str, ...]


def find_standing() -> Standing:
    """Which lists the newest pepper does not open, and which none does."""
    left, lost = [], []
    newest = next(iter(keys.peppers()), "")
    for one in db.session.scalars(select(CensusList).order_by(CensusList.id)):
        try:
            if Keys(one.id, one.sealed_key).pepper != newest:
                left.append(one.name)
        except OtherPepper:
            lost.append(one.name)
    return Standing(tuple(left), tuple(lost))


def find_hindrance() -> str | None:
    """Why the site must not serve with the peppers of its settings; None when it can, or when the database cannot be asked."""
    try:
        lost = find_standing().lost
    except SQLAlchemyError:  # it is away, or its schema is not there yet: others say so
        db.session.rollback()
        return None
    if not lost:
        return None
    how = "is another one than that" if keys.peppers() else "is missing: there is one"
    return (
        f"CIVIC_CENSUS_PEPPER {how} with which the keys of these census lists were sealed: {', '.join(lost)}. "
        "Bring back the secrets that belong to this database (civic restore --only database --only secrets). "
        "If they are lost: civic census rotate-pepper --lost"
    )


def renew(actor: str, target: CensusList) -> int:
    """Make all hashes of a list anew with the newest pepper; returns how many rows had some.

    A list that never had a pepper gets its first. Raises: ImportRunning.
    """
    hold_list(target)
    keys.hold_alone()
    db.session.expire(target)
    newest = keys.peppers()[0]
    before = Keys(target.id, target.sealed_key)
    if before.pepper == newest:
        return 0
    target.sealed_key = keys.sealed_with(newest, target.id, before.own_key)
    after = Keys(target.id, target.sealed_key)
    target.key_check = after.check()
    db.session.flush()
    renewed = sum(_renew(table, target.id, before, after) for table in keyed_tables())
    audit.record(actor, "census.renew-keys", f"census:{target.id}", rows=renewed)
    return renewed


def give_up(actor: str, target: CensusList) -> None:
    """Go on without the pepper that is lost: nobody on the list is known until its file is brought in anew."""
    hold_list(target)
    keys.hold_alone()
    target.sealed_key, target.key_check = None, secrets.token_bytes(LENGTH)
    db.session.flush()
    audit.record(actor, "census.give-up-keys", f"census:{target.id}")


def keyed_tables() -> list[Table]:
    """Every table of the site that has hashes of census lists, matches and ticks last.

    A vote holds the match that it ticks: once the matches are renewed, every tick of before can be seen, and later ones wait.
    """
    last = [CensusMatch.__tablename__, CensusTick.__tablename__]
    found = [table for table in db.metadata.sorted_tables if keyed_columns(table)]
    return sorted(found, key=lambda table: last.index(table.name) if table.name in last else -1)


def keyed_columns(table: Table) -> list[Any]:
    """The columns of a table that hold them."""
    return [column for column in table.columns if column.info == KEYED]


def _renew(table: Table, list_id: int, before: Keys, after: Keys) -> int:
    columns, renewed = keyed_columns(table), 0
    primary = list(table.primary_key.columns)
    mine = [column == bindparam(f"at_{column.name}") for column in primary]
    change = update(table).where(*mine)
    change = change.values({column.name: bindparam(f"new_{column.name}") for column in columns})
    for rows in _batches(table, list_id, primary, columns):
        hashes = [bytes(value) for row in rows for value in row[len(primary) :]]
        fresh = iter(_renewed(hashes, before, after))
        ask(change, [
            {f"at_{column.name}": row[at] for at, column in enumerate(primary)}
            | {f"new_{column.name}": next(fresh) for column in columns}
            for row in rows
        ])  # fmt: skip
        renewed += len(rows)
    return renewed


def _renewed(hashes: Sequence[bytes], before: Keys, after: Keys) -> list[bytes]:
    """The hashes made anew; an empty one, of a name that somebody does not have, stays empty."""
    fresh = after.enciphered(before.bare(b"".join(hashes)))
    pieces = (fresh[at : at + LENGTH] for at in range(0, len(fresh), LENGTH))
    return [next(pieces) if kept else b"" for kept in hashes]


def _batches(
    table: Table, list_id: int, primary: Sequence[Any], columns: Sequence[Any]
) -> Iterator[Sequence[Any]]:
    last: Sequence[Any] = ()
    place = tuple_(*primary)
    asked = select(*primary, *columns).where(_of_list(table, list_id)).order_by(*primary).limit(BATCH)
    while rows := ask(asked.where(place > tuple_(*last)) if last else asked).all():
        yield rows
        last = rows[-1][: len(primary)]


def _of_list(table: Table, list_id: int) -> ColumnElement[bool]:
    if "list_id" in table.columns:
        return table.c.list_id == list_id
    imports = select(CensusImport.id).where(CensusImport.list_id == list_id)
    return table.c.import_id.in_(imports)
