"""Reads: mailings and how they stand, at every moment as it is, not as it was when somebody counted last."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, case, cast, exists, func, literal, select
from sqlalchemy.orm import defer

from app.core.db import ask, db
from app.core.errors import NotFound
from app.mail.outbox import OutboxMessage
from app.people.models import Person
from app.readers.models import Mailing, Recipient
from app.readers.rules import LEFT_OUT, UNDER_WAY, Standing, State

SHOWN = 100
_KEY = re.compile(r"mailing:([0-9]+):([0-9]+)")
_ENDS = {
    "sent": Standing.SENT,
    "refused": Standing.REFUSED,
    "expired": Standing.REFUSED,
    "cancelled": Standing.STOPPED,
}
"""What the end of a copy in the outbox is for its reader."""


@dataclass(frozen=True)
class Fate:
    """What became of one reader of a mailing."""

    person_id: int
    name: str
    standing: str
    at: datetime
    answer: str


@dataclass(frozen=True)
class Ended:
    """A mailing that ended, by its title; `is_watched`: who opened it is known, and not forgotten yet."""

    title: str
    ended_at: datetime
    is_watched: bool


@dataclass(frozen=True)
class Funnel:
    """The way of a mailing in numbers, from the readers to those whose mail server took it; `failed` did not arrive."""

    chosen: int
    allowed: int
    taken: int
    failed: int
    waiting: int
    stopped: int
    left: int


def get_mailing(mailing_id: int) -> Mailing:
    """The mailing, as the database has it now. Raises: NotFound."""
    found = select(Mailing).where(Mailing.id == mailing_id).execution_options(populate_existing=True)
    mailing = db.session.scalar(found)
    if mailing is None:
        raise NotFound
    return mailing


def list_mailings() -> Sequence[Mailing]:
    """The last 500 of them, the newest first, without their texts until somebody asks for one's."""
    found = select(Mailing).options(defer(Mailing.texts), defer(Mailing.circulars))
    return db.session.scalars(found.order_by(Mailing.id.desc()).limit(500)).all()


def list_ended(most: int) -> Sequence[Mailing]:
    """Those that ended last."""
    ended = select(Mailing).where(Mailing.ended_at.is_not(None))
    return db.session.scalars(ended.order_by(Mailing.ended_at.desc(), Mailing.id.desc()).limit(most)).all()


def name_ended() -> dict[int, Ended]:
    """All that ended, by number, the newest first."""
    found = select(Mailing.id, Mailing.title, Mailing.ended_at, Mailing.is_watched)
    ended = found.where(Mailing.ended_at.is_not(None)).order_by(Mailing.ended_at.desc(), Mailing.id.desc())
    return {number: Ended(*told) for number, *told in ask(ended)}


def list_under_way(*states: str) -> list[int]:
    """Numbers of the mailings that are scheduled or being sent, the oldest first."""
    found = select(Mailing.id).where(Mailing.state.in_(states or UNDER_WAY))
    return list(db.session.scalars(found.order_by(Mailing.send_at, Mailing.id)))


def list_unsettled() -> list[int]:
    """Numbers of the mailings of which copies have left the outbox, or may still: those being sent, and those just stopped."""
    handed = exists().where(Recipient.mailing_id == Mailing.id, Recipient.state == Standing.HANDED)
    is_stopped = (Mailing.state == State.STOPPED) & handed
    return list(db.session.scalars(select(Mailing.id).where((Mailing.state == State.SENDING) | is_stopped)))


def key_of(mailing_id: int, person_id: int) -> str:
    """The name under which one reader's copy is in the outbox: a second one is the same letter."""
    return f"mailing:{mailing_id}:{person_id}"


def read_key(key: str) -> tuple[int, int] | None:
    """Mailing and person of a copy by its name in the outbox; None for any other letter."""
    found = _KEY.fullmatch(key)
    return (int(found[1]), int(found[2])) if found else None


def keys_in_sql(mailing_id: int) -> ColumnElement[str]:
    """The same, of the recipient of the row."""
    return literal(key_of(mailing_id, 0)[:-1]) + cast(Recipient.person_id, String)


def of_outcome(outcome: str, mailing_id: int) -> Select[Any]:
    """The `person_id` of the readers for whom it came to that; nobody, where who opened it is not known or forgotten."""
    watched = select(Mailing.id).where(Mailing.is_watched)
    was_sent, is_known = Recipient.state == Standing.SENT, Recipient.mailing_id.in_(watched)
    so = {
        "sent": was_sent,
        "unopened": is_known & was_sent & Recipient.opened_on.is_(None) & Recipient.clicked_on.is_(None),
        "clicked": is_known & Recipient.clicked_on.is_not(None),
        "back": Recipient.state.in_((Standing.CAME_BACK, Standing.REFUSED)),
    }[outcome]
    return select(Recipient.person_id).where(Recipient.mailing_id == mailing_id, so)


def live_standing() -> ColumnElement[Any]:
    """The standing of a recipient of the row, joined with their copy in the outbox."""
    return case((Recipient.state != Standing.HANDED, Recipient.state), else_=standing_of_copy())


def standing_of_copy() -> ColumnElement[Any]:
    """What the copy of the row has come to for its reader; without an end, it waits."""
    heard = [
        (OutboxMessage.outcome == "complained", literal(str(Standing.COMPLAINED))),
        (OutboxMessage.outcome == "suppressed", literal(str(Standing.SUPPRESSED))),
        (OutboxMessage.outcome == "unwanted", literal(str(Standing.NO_CONSENT))),
        (OutboxMessage.outcome == "bounced", literal(str(Standing.CAME_BACK))),
    ]
    ends = [(OutboxMessage.state == state, literal(str(standing))) for state, standing in _ENDS.items()]
    return case(*heard, *ends, else_=literal(str(Standing.HANDED)))


def tally(mailing_id: int) -> Counter[str]:
    """How many readers stand where, now."""
    mine, standing = Recipient.mailing_id == mailing_id, live_standing()
    copy = (OutboxMessage.key == keys_in_sql(mailing_id)) & (Recipient.state == Standing.HANDED)
    settled = select(Recipient.state, func.count()).where(mine, Recipient.state != Standing.HANDED)
    handed = (
        select(standing, func.count())
        .select_from(Recipient)
        .outerjoin(OutboxMessage, copy)
        .where(mine, Recipient.state == Standing.HANDED)
    )
    found: Counter[str] = Counter()
    for rows in (ask(settled.group_by(Recipient.state)), ask(handed.group_by(standing))):
        for state, number in rows:
            found[state] += number
    return found


def count_left(mailing_id: int) -> int:
    """How many stopped these letters by the link in this one."""
    mine = select(func.count()).where(Recipient.mailing_id == mailing_id, Recipient.left_at.is_not(None))
    return db.session.scalar(mine) or 0


def funnel(mailing_id: int) -> Funnel:
    """The way of the mailing in numbers."""
    numbers = tally(mailing_id)
    chosen = numbers.total()
    allowed = chosen - sum(numbers[reason] for reason in LEFT_OUT)
    waiting = numbers[Standing.CHOSEN] + numbers[Standing.HANDED]
    left = count_left(mailing_id)
    back, refused = numbers[Standing.CAME_BACK], numbers[Standing.REFUSED]
    taken = numbers[Standing.SENT] + numbers[Standing.COMPLAINED] + back
    return Funnel(chosen, allowed, taken, refused + back, waiting, numbers[Standing.STOPPED], left)


def list_fates(mailing_id: int, standing: str, after: int = 0) -> list[Fate]:
    """A hundred of those who stand there, by number; `after` is the last one seen."""
    live, kept = live_standing(), Recipient.state.in_((standing, Standing.HANDED))  # by the index
    rows = (
        select(Recipient.person_id, Person.display_name, live, func.coalesce(OutboxMessage.done_at, Recipient.at),
               func.coalesce(OutboxMessage.answer, Recipient.answer))
        .select_from(Recipient)
        .join(Person, Person.id == Recipient.person_id)
        .outerjoin(OutboxMessage, OutboxMessage.key == keys_in_sql(mailing_id))
        .where(Recipient.mailing_id == mailing_id, Recipient.person_id > after, kept, live == standing)
        .order_by(Recipient.person_id)
        .limit(SHOWN)
    )  # fmt: skip
    return [Fate(*row) for row in db.session.execute(rows)]


def count_under_way() -> dict[str, int]:
    """The mailings under way and their letters in numbers, for `civic status`."""
    found = Counter(dict.fromkeys(("under_way", "paused", "waiting", "sent", "failed"), 0))
    for number in list_under_way():
        way = funnel(number)
        is_paused = get_mailing(number).paused_at is not None
        found.update(
            under_way=1, paused=int(is_paused), waiting=way.waiting, sent=way.taken, failed=way.failed
        )
    return dict(found)
