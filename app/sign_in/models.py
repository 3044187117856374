"""Tables of signing in. Nothing in them signs in by itself: codes, tokens and recovery codes are kept as keyed hashes only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant


class SignInCode(Base):
    """One mailed code and its link. It works once, before `expires_at`, unless `voided_at` by a newer one or out of tries."""

    __tablename__ = "sign_in_codes"
    __table_args__ = (CheckConstraint("tries_left >= 0", name="tries_left"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    handle: Mapped[str] = mapped_column(unique=True)
    address: Mapped[str]
    normalized: Mapped[str] = mapped_column(index=True)
    purpose: Mapped[str]
    next_path: Mapped[str]
    code_hash: Mapped[str]
    link_hash: Mapped[str]
    tries_left: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(Instant, index=True)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)


class Session(Base):
    """One browser signed in. `code_id` is unique: a code begins one session, whatever races."""

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    code_id: Mapped[int | None] = mapped_column(unique=True)
    began_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
    second_factor_at: Mapped[datetime | None] = mapped_column(Instant)


class SecondFactor(Base):
    """The TOTP app of a member of staff. The secret is derived from `seed` and the site's key, which is not in the database.

    `last_step` is the newest 30-second step used: an older or equal one is refused.
    """

    __tablename__ = "second_factors"

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    seed: Mapped[str]
    last_step: Mapped[int]
    set_up_at: Mapped[datetime] = mapped_column(Instant)


class RecoveryCode(Base):
    """One of the codes on paper that replace the TOTP app once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str]
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class OneTimeLink(Base):
    """A one-time link: `set_up` leads to the second factor, `trial` signs in completely (trial sites only)."""

    __tablename__ = "one_time_links"
    __table_args__ = (CheckConstraint("kind IN ('set_up', 'trial')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    seed: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)
