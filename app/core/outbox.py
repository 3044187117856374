"""The outbox: a letter is a row, written in the transaction of what it tells about, and leaves later (app.core.delivery).

So a letter is never sent for something that did not happen, and never lost for something that did. It may arrive twice if the
worker dies between the mail server's yes and writing that down; then both copies have the same Message-ID.
"""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any

from flask import current_app
from sqlalchemy import CheckConstraint, Index, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, ask, count_changed, db, for_each_dialect
from app.core.letters import Letter

LEASE = timedelta(minutes=5)
FINAL = ("sent", "refused", "expired", "cancelled")
KEPT = timedelta(days=30)


class Lane(IntEnum):
    """Lower goes first: nobody waits for a code behind a newsletter."""

    CODES = 0
    NOTICES = 1
    NEWSLETTERS = 2


class OutboxMessage(Base):
    """One letter to one address. A `secret` one loses its text once it is sent, expired or cancelled."""

    __tablename__ = "outbox_messages"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'expired', 'cancelled')", name="state"
        ),
        Index("ix_outbox_messages_next", "state", "lane", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    message_id: Mapped[str] = mapped_column(unique=True)
    lane: Mapped[int]
    recipient: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    secret: Mapped[bool]
    state: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(default="")


def enqueue(
    letter: Letter,
    recipient: str,
    *,
    key: str,
    lane: Lane = Lane.NOTICES,
    secret_until: datetime | None = None,
) -> None:
    """Put a letter in the outbox; a second one with the same `key` is the same letter and adds nothing.

    `secret_until`: the letter holds a code that is worthless after that instant; it is not sent later, and its text not kept.
    Raises: ValueError for a line break or other control character in address or subject (A07).
    """
    for header in (recipient, letter.subject):
        if not header or re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", header):
            raise ValueError("a header of a letter must be one line")
    now = clock.now()
    row = {
        "key": key,
        "message_id": f"<{secrets.token_hex(16)}@{current_app.config['CIVIC'].hostname}>",
        "lane": int(lane),
        "recipient": recipient,
        "subject": letter.subject,
        "text": letter.text,
        "secret": secret_until is not None,
        "state": "waiting",
        "attempts": 0,
        "created_at": now,
        "next_at": now,
        "expires_at": secret_until,
        "answer": "",
    }
    ask(_enqueued(), row)


@for_each_dialect
def _enqueued(insert: Any) -> Any:
    return insert(OutboxMessage.__table__).on_conflict_do_nothing(index_elements=["key"])


def cancel(key: str) -> None:
    """Do not send this letter any more, if it has not left yet."""
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.key == key, OutboxMessage.state == "waiting")
        .values(state="cancelled", done_at=clock.now(), text="")
    )


def claim(most: int) -> list[OutboxMessage]:
    """Lease up to `most` letters that are due, codes first. Two that claim at once get different ones."""
    now = clock.now()
    due = (
        select(OutboxMessage)
        .where(
            or_(
                (OutboxMessage.state == "waiting") & (OutboxMessage.next_at <= now),
                (OutboxMessage.state == "sending") & (OutboxMessage.lease_until < now),
            )
        )
        .order_by(OutboxMessage.lane, OutboxMessage.next_at, OutboxMessage.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    claimed = list(db.session.scalars(due))
    for message in claimed:
        message.state = "sending"
        message.lease_until = now + LEASE
    db.session.flush()
    return claimed


def finish(message: OutboxMessage, state: str) -> None:
    """Close a letter. A code is forgotten; of a notice only the day is kept, because it follows an act of its reader.

    "Your vote is recorded" would otherwise tell the second in which somebody voted, where the roll tells the day.
    """
    message.state, message.done_at, message.lease_until = state, clock.now(), None
    if current_app.config["CIVIC"].trial:
        return  # the mail box page shows letters from here
    if message.secret:
        message.text = ""
    if message.lane == Lane.NOTICES:
        day = message.done_at.replace(hour=0, minute=0, second=0, microsecond=0)
        message.created_at = message.next_at = message.done_at = day


def release_all() -> int:
    """Give back every letter under lease. Only for the one worker at its start: whoever leased them is gone."""
    return count_changed(
        update(OutboxMessage)
        .where(OutboxMessage.state == "sending")
        .values(state="waiting", lease_until=None)
    )


def expire() -> int:
    """Close letters whose code is worthless by now; returns how many."""
    now = clock.now()
    return count_changed(
        update(OutboxMessage)
        .where(OutboxMessage.state.in_(("waiting", "sending")), OutboxMessage.expires_at <= now)
        .values(state="expired", done_at=now, text="", lease_until=None)
    )


def delete_old() -> int:
    """Remove letters that were done with a month ago; returns how many."""
    done = OutboxMessage.state.in_(FINAL)
    return count_changed(delete(OutboxMessage).where(done, OutboxMessage.done_at < clock.now() - KEPT))


def count_by_state() -> dict[str, int]:
    """Letters by state."""
    rows = db.session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    return {state: number for state, number in rows}
