"""Tables: mailings, each with its texts and state, and what became of each reader."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant

Texts = dict[str, dict[str, str]]
"""`{language: {"subject": …, "body": …}}`"""


class Mailing(Base):
    """One letter to many; `revision` counts its changes, so that two officers notice each other. `audience`: app.sending.rules.

    `expected`: how many would have got it when it was confirmed. `halted` says why the worker gave it back: `empty` or `grown`.
    `circulars` are the texts as they are sent, by language. `origin` names the event that an automatic one tells of; once each.
    """

    __tablename__ = "mailings"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'scheduled', 'sending', 'done', 'stopped')", name="state"),
        CheckConstraint("halted IN ('', 'empty', 'grown')", name="halted"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    purpose: Mapped[str]
    audience: Mapped[str]
    texts: Mapped[Texts] = mapped_column(JSON)
    apart_days: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(default="draft", index=True)
    halted: Mapped[str] = mapped_column(default="")
    origin: Mapped[str | None] = mapped_column(unique=True)
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    confirmed_by: Mapped[str | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    expected: Mapped[int | None]
    send_at: Mapped[datetime | None] = mapped_column(Instant)
    circulars: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    is_watched: Mapped[bool] = mapped_column(default=False, server_default=false())
    paused_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class Recipient(Base):
    """What became of one reader of a mailing: a `rules.Standing`, since when, and the mail server's word to a refused letter.

    `left_at`: when they stopped letters of its purpose by the link in it. `opened_on`, `clicked_on`: of a watched mailing, and
    forgotten some time after it ended.
    """

    __tablename__ = "mailing_recipients"
    __table_args__ = (
        Index("ix_mailing_recipients_state", "mailing_id", "state", "person_id"),
        Index("ix_mailing_recipients_person", "person_id", "at"),
    )

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str]
    at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(server_default="")
    left_at: Mapped[datetime | None] = mapped_column(Instant)
    opened_on: Mapped[date | None]
    clicked_on: Mapped[date | None]
