"""The table of streets in force, and files that wait for a yes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class StreetRange(Base):
    """A row of the table in force."""

    __tablename__ = "street_ranges"
    __table_args__ = (CheckConstraint("side IN ('both', 'odd', 'even')", name="side"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    street: Mapped[str]
    first: Mapped[int]
    last: Mapped[int]
    side: Mapped[str]
    district: Mapped[str]


class StreetTable(Base):
    """A file that was sent: its rows as texts, until an officer has looked at them."""

    __tablename__ = "street_tables"

    id: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
