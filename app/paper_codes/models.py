"""The table of paper codes."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.census.models import KEYED
from app.core.db import Base, Instant


class PaperCode(Base):
    """The one code that is good for a person on a list; a new letter puts another in its place. The index is its number."""

    __tablename__ = "paper_codes"
    __table_args__ = (UniqueConstraint("list_id", "identity_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("census_lists.id", ondelete="CASCADE"))
    identity_hash: Mapped[bytes] = mapped_column(info=KEYED)
    code_hash: Mapped[bytes] = mapped_column(info=KEYED)
    made_at: Mapped[datetime] = mapped_column(Instant)
    good_until_on: Mapped[date]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("persons.id", ondelete="SET NULL"))
