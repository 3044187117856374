"""Since when the mail server takes no letters, for those who look after it; nothing waits for what stands here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, add_new, ask, db


class MailServerAway(Base):
    """One row while the mail server is away: it does not answer, closes connections or refuses the site itself."""

    __tablename__ = "mail_server_away"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(Instant)


def note() -> None:
    """A connection was of no use; if the one before it was of none either, the instant stays."""
    add_new(MailServerAway, {"id": 1, "since": clock.now()})


def note_answer() -> None:
    """The mail server answered to a letter."""
    ask(delete(MailServerAway))


def find_since() -> datetime | None:
    """Since when, by the last letter that was tried; None: it took it, or refused that letter alone."""
    return db.session.scalar(select(MailServerAway.since))
