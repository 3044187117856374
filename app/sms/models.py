"""Tables of SMS: each text that officers send, and what became of each reader's message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class Sms(Base):
    """One message to many telephones, from `send_at` on; `left_out` says how many of the segment get none, by reason.

    `texts` has it by language, and `text` in the first one, which is all that earlier ones have. `form_key` is drawn with the
    form: the same form sent twice is one text.
    """

    __tablename__ = "sms"

    id: Mapped[int] = mapped_column(primary_key=True)
    form_key: Mapped[str] = mapped_column(unique=True)
    segment_id: Mapped[int]
    segment_version: Mapped[int]
    text: Mapped[str]
    texts: Mapped[dict[str, str]] = mapped_column(JSON, server_default="{}")
    parts: Mapped[int]
    left_out: Mapped[dict[str, int]] = mapped_column(JSON)
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    send_at: Mapped[datetime] = mapped_column(Instant)
    paused_at: Mapped[datetime | None] = mapped_column(Instant)


class SmsMessage(Base):
    """One reader's message: a `rules.Standing`. The number is looked up when it leaves, and not kept here.

    `key` goes to the provider, who takes a message of the same key only once.
    """

    __tablename__ = "sms_messages"
    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'too-late', 'no-consent', 'no-number', 'stopped')",
            name="state",
        ),
        Index("ix_sms_messages_next", "state", "next_at"),
    )

    sms_id: Mapped[int] = mapped_column(ForeignKey("sms.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str]
    attempts: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(Instant)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    answer: Mapped[str]
