"""Which kinds of automatic letters officers have switched, and when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class Switch(Base):
    """Whether letters of a kind are written; a kind without a row is on."""

    __tablename__ = "mailing_switches"

    kind: Mapped[str] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)
