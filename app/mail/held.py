"""Letters held back: those that waited when a set was made are not sent by the site restored from it until somebody says so.

They may have left after the set was made, or be about what is no longer so. A held letter waits for an instant that never comes.
"""

from __future__ import annotations

from datetime import UTC, datetime

from blinker import Signal
from flask import current_app
from sqlalchemy import ColumnElement, func, select, update

from app.core import clock
from app.core.db import count_changed, db
from app.mail import away
from app.mail.outbox import OutboxMessage

begun = Signal("Every letter that has not left is held from now on, in this transaction.")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def hold() -> int:
    """Hold every letter that has not left; returns how many are held. What the mail server did elsewhere is forgotten."""
    away.note_answer()
    on_its_way = OutboxMessage.state.in_(("waiting", "sending"))
    db.session.execute(
        update(OutboxMessage).where(on_its_way).values(state="waiting", next_at=NEVER, lease_until=None)
    )
    begun.send()
    return count()


def resume() -> int:
    """Send the held letters after all; returns how many. They count as written now: none is given up for its age."""
    if is_all_held():
        return 0
    now = clock.now()
    return count_changed(update(OutboxMessage).where(_is_held()).values(next_at=now, created_at=now))


def drop() -> int:
    """Never send the held letters; returns how many."""
    dropped = update(OutboxMessage).where(_is_held())
    return count_changed(dropped.values(state="cancelled", done_at=clock.now(), text=""))


def count() -> int:
    """How many letters are held; all that wait where the settings hold all mail."""
    return db.session.scalar(select(func.count()).select_from(OutboxMessage).where(_is_held())) or 0


def is_all_held() -> bool:
    """Whether this site sends nothing at all: it is a clone of another one."""
    return bool(current_app.config["CIVIC"].mail_held)


def _is_held() -> ColumnElement[bool]:
    waits = OutboxMessage.state == "waiting"
    return waits if is_all_held() else waits & (OutboxMessage.next_at == NEVER)
