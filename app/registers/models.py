"""The table of checks that the register has not answered yet."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class WaitingCheck(Base):
    """Who a person says they are, sealed with the site's key; gone with the answer. A newer one takes its place."""

    __tablename__ = "waiting_checks"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes]
    made_at: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int]
    next_at: Mapped[datetime] = mapped_column(Instant, index=True)
