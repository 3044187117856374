"""Tables of segments: what they are called, each version of their rule, each export."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class Segment(Base):
    """A described part of the people. What it says stands in its versions; a retired one is kept for them."""

    __tablename__ = "segments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    retired_at: Mapped[datetime | None] = mapped_column(Instant)


class SegmentVersion(Base):
    """One state of a segment's rule, with what it is for. Never changed: exports and processes refer to it."""

    __tablename__ = "segment_versions"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    rule: Mapped[dict[str, Any]] = mapped_column(JSON)
    purpose: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)


class SegmentExport(Base):
    """A file of people was made of this version, for this purpose."""

    __tablename__ = "segment_exports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["segment_id", "version"], ["segment_versions.segment_id", "segment_versions.number"]
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int]
    version: Mapped[int]
    purpose: Mapped[str]
    people: Mapped[int]
    made_by: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
