"""The outbox: a letter is a row, written in the transaction of what it tells about, and leaves later (app.mail.delivery).

So a letter is never sent for something that did not happen, and never lost for something that did. It may arrive twice if the
worker dies between the mail server's yes and writing that down; then both copies have the same Message-ID.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import JSON, CheckConstraint, Index, bindparam, case, delete, func, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, add_new, ask, count_changed, db
from app.mail.circulars import Circular
from app.mail.letters import Letter

LEASE = timedelta(minutes=20)
"""Longer than a run of the delivery may take before the watchdog ends it: nobody else sends what is still on the wire."""
OUTCOMES = ("delayed", "delivered", "bounced", "complained")
"""What may be heard of a letter that left, each told by a report; a later one takes the place of those before it."""
FINAL = ("sent", "refused", "expired", "cancelled")
KEPT = timedelta(days=30)
_BREAK = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class Lane(IntEnum):
    """Lower goes first: nobody waits for a code behind a mailing."""

    CODES = 0
    NOTICES = 1
    MAILINGS = 2


class OutboxMessage(Base):
    """One letter to one address: its own text, or the personal `fields` of a circular.

    A `secret` one loses its text once it is sent, expired or cancelled. `state` is how far it came here; `outcome` what was heard
    of it since: one of `OUTCOMES`, or, where it was cancelled, "suppressed" (its address is not written to) or "unwanted" (its
    reader said no), or "".
    """

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
    domain: Mapped[str] = mapped_column(server_default="")
    subject: Mapped[str]
    text: Mapped[str]
    circular_id: Mapped[int | None] = mapped_column(index=True)
    fields: Mapped[dict[str, str] | None] = mapped_column(JSON)
    secret: Mapped[bool]
    state: Mapped[str]
    attempts: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(server_default="")


@dataclass(frozen=True, slots=True)
class Leased:
    """A letter that this worker may send, until its lease ends."""

    id: int
    key: str
    message_id: str
    lane: int
    recipient: str
    domain: str
    subject: str
    text: str
    circular_id: int | None
    fields: Mapping[str, str] | None
    secret: bool
    attempts: int
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Copy:
    """One reader's copy of a circular. A second one with the same `key` is the same letter."""

    recipient: str
    key: str
    fields: Mapping[str, str]


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
    if not letter.subject or _BREAK.search(letter.subject):
        raise ValueError("a header of a letter must be one line")
    row = _row(recipient, key, lane, clock.now())
    own = {"subject": letter.subject, "text": letter.text, "expires_at": secret_until}
    add_new(OutboxMessage, row | own | {"secret": secret_until is not None})


def enqueue_circular(
    circular_id: int, copies: Iterable[Copy], *, send_at: datetime, lane: Lane = Lane.MAILINGS
) -> int:
    """Put these copies of a circular in the outbox, to leave from `send_at` on; returns how many were not there before.

    Raises: ValueError as `enqueue` does.
    """
    rows = [
        _row(copy.recipient, copy.key, lane, send_at)
        | {"circular_id": circular_id, "fields": dict(copy.fields)}
        for copy in copies
    ]
    return add_new(OutboxMessage, rows) if rows else 0


def _row(recipient: str, key: str, lane: Lane, next_at: datetime) -> dict[str, Any]:
    if not recipient or _BREAK.search(recipient):
        raise ValueError("a header of a letter must be one line")
    return {
        "key": key,
        "message_id": f"<{secrets.token_hex(16)}@{current_app.config['CIVIC'].hostname}>",
        "lane": int(lane),
        "recipient": recipient,
        "domain": recipient.rpartition("@")[2].lower(),
        "subject": "",
        "text": "",
        "circular_id": None,
        "fields": None,
        "secret": False,
        "state": "waiting",
        "attempts": 0,
        "created_at": next_at,  # from which its age counts; of a letter that is no copy, the day that stands in it
        "next_at": next_at,
        "expires_at": None,
        "answer": "",
    }


def cancel(key: str) -> int:
    """Do not send this letter any more, if it has not left yet; returns how many that are: one or none."""
    return _cancel(OutboxMessage.key == key)


def cancel_circular(circular_id: int) -> int:
    """Send no further copy of this circular; returns how many had not left yet."""
    return _cancel(OutboxMessage.circular_id == circular_id)


def pause_circulars(circular_ids: Iterable[int], paused_at: datetime | None) -> None:
    """Let no copy of these circulars leave from now on, or, with None, let them leave again."""
    chosen = update(Circular).where(Circular.id.in_(circular_ids))
    changed = Circular.paused_at.is_(None) if paused_at else Circular.paused_at.is_not(None)
    ask(chosen.where(changed).values(paused_at=paused_at))


def count_waiting(circular_ids: Iterable[int]) -> int:
    """How many copies of these circulars have not left yet."""
    waits = OutboxMessage.state.in_(("waiting", "sending"))
    found = select(func.count()).where(OutboxMessage.circular_id.in_(circular_ids), waits)
    return db.session.scalar(found) or 0


def _cancel(which: Any) -> int:
    return count_changed(
        update(OutboxMessage)
        .where(which, OutboxMessage.state == "waiting")
        .values(state="cancelled", text="", **_closed())
    )


def claim(lanes: Iterable[Lane], most: int) -> list[Leased]:
    """Lease up to `most` letters that are due, lane after lane, the longest due first.

    Two that claim at once get different ones.
    """
    now = clock.now()
    claimed: list[Leased] = []
    for lane in lanes:
        if len(claimed) < most:
            given = {"now": now, "until": now + LEASE, "of_lane": int(lane), "most": most - len(claimed)}
            claimed += sorted((Leased(*row) for row in ask(_claiming(), given)), key=lambda one: one.id)
    return claimed


@cache
def _claiming() -> Any:
    message, paused = OutboxMessage, select(Circular.id).where(Circular.paused_at.is_not(None))
    due = (
        select(message.id)
        .where(message.state == "waiting", message.lane == bindparam("of_lane"))
        .where(message.next_at <= bindparam("now", type_=Instant))
        .where(message.circular_id.is_(None) | message.circular_id.not_in(paused))
        .order_by(message.next_at, message.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True)
    )
    leased = update(message).where(message.id.in_(due))
    columns = (getattr(message, name) for name in Leased.__slots__)
    return leased.values(state="sending", lease_until=bindparam("until", type_=Instant)).returning(*columns)


def finish(message: Leased, state: str, answer: str = "") -> None:
    """Close a letter. A code is forgotten; of a notice only the day is kept, because it follows an act of its reader.

    "Your vote is recorded" would otherwise tell the second in which somebody voted, where the roll tells the day.
    """
    now = clock.now()
    values: dict[str, Any] = {"state": state, "answer": answer, "done_at": now, "lease_until": None}
    if not current_app.config["CIVIC"].trial:  # the mail box page of a trial shows letters from here
        if message.secret:
            values["text"] = ""
        if message.lane == Lane.NOTICES:
            day = _day_of(now)
            values |= {"created_at": day, "next_at": day, "done_at": day}
    _change(message, values | {"attempts": message.attempts + 1})


def _day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _closed() -> dict[str, Any]:
    """When letters are done with that do not leave: of notices the day only, as in `finish`."""
    now = clock.now()
    if current_app.config["CIVIC"].trial:
        return {"done_at": now}
    is_notice, day = OutboxMessage.lane == int(Lane.NOTICES), literal(_day_of(now), Instant)
    kept = {
        "created_at": OutboxMessage.created_at,
        "next_at": OutboxMessage.next_at,
        "done_at": literal(now, Instant),
    }
    return {name: case((is_notice, day), else_=otherwise) for name, otherwise in kept.items()}


def finish_sent(numbers: Sequence[int]) -> None:
    """Close copies of mailings that the mail server took, many at a time; also those whose lease was over before it said so."""
    if numbers:
        sent = {"state": "sent", "answer": "250", "done_at": clock.now(), "lease_until": None}
        open_ones = OutboxMessage.state.in_(("sending", "waiting"))
        closed = update(OutboxMessage).where(OutboxMessage.id.in_(numbers), open_ones)
        ask(closed.values(attempts=OutboxMessage.attempts + 1, **sent))


def keep_back(numbers: Sequence[int], outcome: str = "suppressed") -> None:
    """Close letters that were leased and may not leave."""
    if numbers:
        kept = {
            "state": "cancelled",
            "outcome": outcome,
            "text": "",
            "lease_until": None,
            **_closed(),
        }
        ask(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(numbers), OutboxMessage.state == "sending")
            .values(kept)
        )


def note_outcome(number: int, outcome: str, answer: str) -> bool:
    """Note what was heard of a letter after it left; False when as much was known already."""
    less = ("", *OUTCOMES[: OUTCOMES.index(outcome)])
    theirs = update(OutboxMessage).where(OutboxMessage.id == number, OutboxMessage.outcome.in_(less))
    return count_changed(theirs.values(outcome=outcome, answer=answer)) == 1


def put_back(message: Leased, answer: str = "") -> None:
    """Let a letter wait again, as if it had not been claimed; `answer` tells why no server took it."""
    told = {"answer": answer} if answer else {}
    _change(message, {"state": "waiting", "lease_until": None, **told})


def defer(message: Leased, next_at: datetime) -> None:
    """Let a letter wait for its turn at `next_at`."""
    _change(message, {"state": "waiting", "lease_until": None, "next_at": next_at})


def try_later(message: Leased, next_at: datetime, answer: str) -> None:
    """Let a letter that could not be handed over wait for another attempt."""
    tried = {"attempts": message.attempts + 1, "answer": answer}
    _change(message, {"state": "waiting", "lease_until": None, "next_at": next_at, **tried})


def _change(message: Leased, values: dict[str, Any]) -> None:
    mine = (OutboxMessage.id == message.id) & (OutboxMessage.state == "sending")
    ask(update(OutboxMessage).where(mine).values(values))


def release(*, all_of_them: bool = False) -> int:
    """Give back the letters whose lease is over; all, only for the one worker at its start: whoever leased them is gone."""
    given = update(OutboxMessage).where(OutboxMessage.state == "sending")
    if not all_of_them:
        given = given.where(OutboxMessage.lease_until < clock.now())
    return count_changed(given.values(state="waiting", lease_until=None))


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
