"""Tables of what officers ask the worker to find out: who would get a mailing, and whether its links lead anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class DryRunWish(Base):
    """An officer wants to know who would get this revision of a mailing to very many: counts, and numbers of some people."""

    __tablename__ = "dry_run_wishes"

    mailing_id: Mapped[int] = mapped_column(ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    found: Mapped[dict[str, Any]] = mapped_column(JSON)


class LinkLook(Base):
    """An address in a letter, and what was found there: a word of `looking`, once it was looked at."""

    __tablename__ = "link_looks"

    url: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(Instant)
    looked_at: Mapped[datetime | None] = mapped_column(Instant)
    found: Mapped[str]
