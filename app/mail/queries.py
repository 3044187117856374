"""How the outbox stands, lane by lane: what waits, what is on the wire, what left, what failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, case, func, select

from app.core import clock
from app.core.db import db
from app.mail import away, held
from app.mail.circulars import Circular
from app.mail.outbox import LEASE, Lane, OutboxMessage

QUIET = timedelta(minutes=15)
"""A mailing may take hours at the council's pace; once none of it has left for so long, something is wrong."""


@dataclass(frozen=True)
class LaneStanding:
    """The letters of one lane. Those that wait: due or not, `paused` and `leased` among them, but not those that are held.

    `oldest_due_at`: since when the longest due could have left. `sent_today`: since midnight in UTC, for of a notice only that
    day is kept. What left over a month ago is forgotten.
    """

    waiting: int = 0
    leased: int = 0
    paused: int = 0
    held: int = 0
    sent: int = 0
    sent_today: int = 0
    failed: int = 0
    oldest_due_at: datetime | None = None
    last_tried_at: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """The outbox, and since when the mail server has been away."""

    lanes: Mapping[Lane, LaneStanding]
    away_since: datetime | None

    def sum_of(self, name: str) -> int:
        """A number of all lanes together."""
        return sum(getattr(lane, name) for lane in self.lanes.values())

    @property
    def oldest_due_at(self) -> datetime | None:
        """Since when the longest due of all could have left."""
        return min((lane.oldest_due_at for lane in self.lanes.values() if lane.oldest_due_at), default=None)

    def find_overdue_since(self, now: datetime) -> datetime | None:
        """Since when a letter waits that nobody meant to wait: a mailing that is leaving at its pace is not among them."""
        late = []
        for name, lane in self.lanes.items():
            leaves = name == Lane.MAILINGS and lane.last_tried_at and now - lane.last_tried_at < QUIET
            if lane.oldest_due_at and not leaves:
                late.append(lane.oldest_due_at)
        return min(late, default=None)


def read_standing() -> Standing:
    """How the outbox stands now."""
    found = {Lane(row.lane): LaneStanding(*row[1:]) for row in db.session.execute(_counts())}
    lanes = {lane: found.get(lane, LaneStanding()) for lane in Lane}
    if held.is_all_held():
        lanes = {lane: _all_held(standing) for lane, standing in lanes.items()}
    return Standing(lanes, away.find_since())


def count_stuck() -> int:
    """How many letters are on the wire of a worker whose lease ran out long ago: the next should have taken them back."""
    message = OutboxMessage
    lost = message.state == "sending", message.lease_until < clock.now() - LEASE
    return db.session.scalars(select(func.count()).select_from(message).where(*lost)).one()


def _all_held(lane: LaneStanding) -> LaneStanding:
    return LaneStanding(
        held=lane.held + lane.waiting, sent=lane.sent, sent_today=lane.sent_today, failed=lane.failed
    )


def _counts() -> Select[*tuple[Any, ...]]:
    message, now = OutboxMessage, clock.now()
    unsent, is_sent = message.state.in_(("waiting", "sending")), message.state == "sent"
    is_held = and_(unsent, message.next_at == held.NEVER)
    is_open = and_(unsent, message.next_at != held.NEVER)
    is_paused = and_(
        is_open, message.circular_id.in_(select(Circular.id).where(Circular.paused_at.is_not(None)))
    )
    has_come = (message.next_at <= now) | (message.attempts > 0)  # else it waits for its domain's turn
    is_due = and_(is_open, has_come, message.created_at <= now, ~is_paused | message.circular_id.is_(None))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = (is_open, message.state == "sending", is_paused, is_held, is_sent, and_(is_sent, message.done_at >= midnight),
              message.state == "refused")  # fmt: skip
    return select(
        message.lane,
        *(func.sum(case((one, 1), else_=0)) for one in wanted),
        func.min(case((is_due, message.created_at))),
        func.max(case((message.state.in_(("sent", "refused")), message.done_at))),
    ).group_by(message.lane)
