"""Tables of associations: the register, who is what in them, grants, and files that wait for an officer's yes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant

_REGISTERED = text("state = 'registered'")
_NUMBERED = text("state = 'registered' AND number <> ''")


class Association(Base):
    """An association or its application. A name and a number stand once on the register; applications may bear any.

    `name_key` is the name without case and accents, `words` what the directory is searched by, `reason` why it was refused
    or ended, `alone_since_at` when its last delegate went with their account.
    """

    __tablename__ = "associations"
    __table_args__ = (
        CheckConstraint("state IN ('applied', 'refused', 'registered', 'ended')", name="state"),
        Index(
            "uq_associations_name_key", "name_key",
            unique=True, postgresql_where=_REGISTERED, sqlite_where=_REGISTERED,
        ),
        Index(
            "uq_associations_number", "number",
            unique=True, postgresql_where=_NUMBERED, sqlite_where=_NUMBERED,
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    name: Mapped[str]
    name_key: Mapped[str]
    words: Mapped[str]
    purpose: Mapped[str]
    theme: Mapped[str]
    district: Mapped[str]
    number: Mapped[str]
    statutes_on: Mapped[date | None]
    size: Mapped[int | None]
    email: Mapped[str]
    phone: Mapped[str]
    website: Mapped[str]
    due_on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(default="")
    applied_at: Mapped[datetime] = mapped_column(Instant)
    decided_at: Mapped[datetime | None] = mapped_column(Instant)
    alone_since_at: Mapped[datetime | None] = mapped_column(Instant)


class AssociationMember(Base):
    """What a person is in an association, under the name by which it knows them."""

    __tablename__ = "association_members"
    __table_args__ = (CheckConstraint("standing IN ('asked', 'member', 'delegate')", name="standing"),)

    association_id: Mapped[int] = mapped_column(
        ForeignKey("associations.id", ondelete="CASCADE"), primary_key=True
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    standing: Mapped[str]
    name: Mapped[str]
    since_at: Mapped[datetime] = mapped_column(Instant)


class AssociationGrant(Base):
    """Money that the council decided to give, for a year and a purpose."""

    __tablename__ = "association_grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    association_id: Mapped[int] = mapped_column(ForeignKey("associations.id", ondelete="CASCADE"), index=True)
    year: Mapped[int]
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    purpose: Mapped[str]
    decided_on: Mapped[date]


class AssociationImport(Base):
    """A file as rows of texts by column (and the line of each), until it is taken over or a day has passed."""

    __tablename__ = "association_imports"

    id: Mapped[int] = mapped_column(primary_key=True)
    rows: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    unused: Mapped[list[str]] = mapped_column(JSON)
    made_at: Mapped[datetime] = mapped_column(Instant)
