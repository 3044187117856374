"""Table of what officers asked the worker to find out about a mailing."""

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
