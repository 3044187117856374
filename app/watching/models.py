"""Whether mailings are watched, and where the links of watched ones lead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class Watch(Base):
    """Somebody switched it on or off; the newest row counts, and without one it is off."""

    __tablename__ = "watches"

    id: Mapped[int] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    changed_by: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(Instant)


class WatchedLink(Base):
    """Where a link of a watched mailing leads: nobody's address leads elsewhere."""

    __tablename__ = "watched_links"

    mailing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    url: Mapped[str]
