"""Tables of verification: checks that found nobody, and requests to correct the list. Matches are kept with the census."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class FailedCheck(Base):
    """A check that found nobody. Nothing that was typed is kept."""

    __tablename__ = "failed_checks"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(Instant)


class CorrectionRequest(Base):
    """A person says that the list is wrong; an officer answers by mail."""

    __tablename__ = "correction_requests"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    message: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    answered_by: Mapped[str | None]
