"""Merging two accounts of one person: what the one had becomes the other's, its number stays behind with nothing but votes.

Where both have voted in the same process, both entries of the roll stay: both ballots lie in the box, and nobody can tell which.
Nobody votes a third time: the address is the kept account's, and that one is on the roll.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, exists, false, select, update

from app.associations import membership
from app.core import audit
from app.core.db import db
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.models import ContactPoint, Person
from app.people.purposes import BY_KEY
from app.people.search import keep_words
from app.privacy import mails, queries
from app.privacy.doubles import check_mergeable
from app.privacy.holdings import HOLDINGS, AtErasure, AtMerge, By, Holding
from app.privacy.queries import Whose
from app.privacy.service import leave_number


def merge(actor: str, gone: Person, kept: Person) -> None:
    """Merge `gone` into `kept`, which keeps its name and language and gets the other's addresses; all of them are written to.

    Raises: NotMergeable.
    """
    both = select(Person).where(Person.id.in_((gone.id, kept.id))).order_by(Person.id)
    db.session.scalars(both.with_for_update().execution_options(populate_existing=True)).all()
    check_mergeable(gone, kept)
    stays = {
        one.key
        for one in BY_KEY.values()
        if consent.is_given(gone.id, one.key) and consent.is_given(kept.id, one.key)
    }
    people.disable(gone, actor)
    membership.join_standings(gone.id, kept.id)
    for holding in HOLDINGS:
        if holding.by is By.NUMBER:
            _carry_out(holding, queries.whose(gone.id), kept.id)
    _agree(kept.id, stays, Way("desk", kept.language, actor))
    kept.display_name = kept.display_name or gone.display_name
    leave_number(gone)
    audit.record(actor, people.MERGE, f"person:{kept.id}", gone=gone.id)
    db.session.flush()
    db.session.expire_all()
    keep_words(kept)
    mails.merged(kept, gone.id)


def _agree(person_id: int, stays: set[str], way: Way) -> None:
    """The stricter wins: a yes stands only where both accounts said it. Without a word from either, nothing is written."""
    for purpose in BY_KEY.values():
        act = consent.give if purpose.key in stays else consent.withdraw
        act(person_id, purpose, way)


def _carry_out(holding: Holding, gone: Whose, kept_id: int) -> None:
    table, mine = queries.table_of(holding), queries.is_theirs(holding, gone)
    if holding.table == ContactPoint.__tablename__:
        _move_addresses(mine, kept_id)
    elif holding.at_merge is AtMerge.MOVE:
        db.session.execute(
            update(table).where(mine, ~_has_already(holding, kept_id)).values({holding.column: kept_id})
        )
    if holding.at_merge is AtMerge.DELETE or (
        holding.at_merge is AtMerge.MOVE and holding.at_erasure is not AtErasure.KEEP
    ):
        db.session.execute(delete(table).where(mine))


def _has_already(holding: Holding, kept_id: int) -> Any:
    """Whether the kept account has the same row; a table with a number of its own never does."""
    table = queries.table_of(holding)
    theirs = table.alias()
    keys = [column.name for column in table.primary_key.columns]
    if holding.column not in keys:
        return false()
    same = [theirs.c[name] == table.c[name] for name in keys if name != holding.column]
    return exists().where(theirs.c[holding.column] == kept_id, *same)


def _move_addresses(mine: Any, kept_id: int) -> None:
    """Behind those of the kept account, so that letters go where they went before."""
    columns = [column for column in ContactPoint.__table__.columns if column.name != "id"]
    rows = [dict(row) for row in db.session.execute(select(*columns).where(mine)).mappings()]
    db.session.execute(delete(ContactPoint).where(mine))
    for row in rows:
        db.session.add(ContactPoint(**{**row, "person_id": kept_id}))
    db.session.flush()
