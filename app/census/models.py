"""Tables of the census: lists, their imports and entries; and what a prepared import will make of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant

STATES = (
    "sent", "waiting", "reading", "prepared", "applying", "applied", "undoing", "undone", "refused",
)  # fmt: skip
"""An officer's file is sent; once its columns are known it waits for the worker. The shell reads its own at once."""
KEYED = {"keyed": "census"}
"""Marks a column of hashes that Keys made: they are made anew when the pepper is renewed (app.census.renewal)."""
REGISTER = "register"
"""Who imports, where a register elsewhere is asked about each person; otherwise an officer, or `shell`."""
_STANDS = text("valid_until IS NULL")
_ENDED = text("valid_until IS NOT NULL")


class CensusList(Base):
    """One source of who is entitled. `key_check` tells whether its hashes were made with the keys that the site has now.

    `sealed_key` is the list's own key, readable with the site's pepper; empty while the list has none (ADR 13).
    """

    __tablename__ = "census_lists"
    __table_args__ = (
        CheckConstraint("source IN ('electoral_roll', 'padron', 'register', 'desk')", name="source"),
        CheckConstraint("country IN ('fr', 'es', 'other')", name="country"),
        CheckConstraint("identity IN ('number', 'civil-status')", name="identity"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    source: Mapped[str]
    legal_basis: Mapped[str]
    kept_until_on: Mapped[date]
    country: Mapped[str]
    identity: Mapped[str]
    key_check: Mapped[bytes]
    sealed_key: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(Instant)


class CensusImport(Base):
    """One file brought into a list. `base_id` is the import that the list stood at when the file was compared with it.

    `standing` entries were there; of them `changed` are replaced, `ended` go and the others stay. Of about `expected` rows (0:
    nobody knows) so many `rows` have been read. `refusal` is why it went no further, by language. `streets` are those whose
    district the table of streets did not tell, with the number of their people; "" for addresses without one.
    """

    __tablename__ = "census_imports"
    __table_args__ = (CheckConstraint(f"state IN {STATES}", name="state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("census_lists.id"), index=True)
    base_id: Mapped[int | None] = mapped_column(ForeignKey("census_imports.id"))
    state: Mapped[str]
    actor: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(Instant)
    applied_at: Mapped[datetime | None] = mapped_column(Instant)
    applied_by: Mapped[str | None]
    undone_at: Mapped[datetime | None] = mapped_column(Instant)
    undone_by: Mapped[str | None]
    effective_on: Mapped[date]
    file_sha256: Mapped[str]
    encoding: Mapped[str]
    delimiter: Mapped[str]
    preset: Mapped[str]
    columns: Mapped[dict[str, Any]] = mapped_column(JSON)
    refusal: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    expected: Mapped[int] = mapped_column(default=0)
    rows: Mapped[int] = mapped_column(default=0)
    standing: Mapped[int] = mapped_column(default=0)
    added: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    ended: Mapped[int] = mapped_column(default=0)
    rejected: Mapped[int] = mapped_column(default=0)
    streets: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")


class CensusColumns:
    """What is kept of a person on a list. Names are hashed together with the birth.

    `birth_on` is empty where the register knows the year only.
    """

    identity_hash: Mapped[bytes] = mapped_column(info=KEYED)
    family_hash: Mapped[bytes] = mapped_column(info=KEYED)
    used_family_hash: Mapped[bytes] = mapped_column(info=KEYED)
    given_hash: Mapped[bytes] = mapped_column(info=KEYED)
    birth_on: Mapped[date | None]
    birth_year: Mapped[int]
    sex: Mapped[str]
    district: Mapped[str]
    language: Mapped[str]


class CensusEntry(CensusColumns, Base):
    """One entitled person on a list, from a day until a day (None: still). Another one begins when something changes."""

    __tablename__ = "census_entries"
    __table_args__ = (
        CheckConstraint("valid_until >= valid_from", name="valid"),
        CheckConstraint("sex IN ('f', 'm', 'x', '')", name="sex"),
        Index(
            "uq_census_entries_standing", "list_id", "identity_hash",
            unique=True, postgresql_where=_STANDS, sqlite_where=_STANDS,
        ),
        Index(
            "ix_census_entries_cells", "list_id", "district", "sex", "birth_year",
            postgresql_where=_STANDS, sqlite_where=_STANDS,
        ),
        Index(
            "ix_census_entries_ended", "list_id", "identity_hash", postgresql_where=_ENDED, sqlite_where=_ENDED
        ),
        Index("ix_census_entries_birth", "list_id", "birth_on"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("census_lists.id"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    added_by: Mapped[int] = mapped_column(ForeignKey("census_imports.id"), index=True)
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("census_imports.id"), index=True)


class CensusStaged(CensusColumns, Base):
    """A row of a prepared import. A held one was rejected: it adds nothing, but the entry that it means stays."""

    __tablename__ = "census_staged"
    __table_args__ = (Index("ix_census_staged_identity", "import_id", "identity_hash"),)

    import_id: Mapped[int] = mapped_column(
        ForeignKey("census_imports.id"), primary_key=True, autoincrement=False
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_held: Mapped[bool]


class CensusReject(Base):
    """Why a row was not taken: its line, the field (empty for the whole row), a key of ROW_SENTENCES. Never its text."""

    __tablename__ = "census_rejects"

    import_id: Mapped[int] = mapped_column(
        ForeignKey("census_imports.id"), primary_key=True, autoincrement=False
    )
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    field: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]


class CensusCertificate(Base):
    """What is left of a list that was deleted when its time was over: what it was, how many stood on it, when it went."""

    __tablename__ = "census_certificates"

    id: Mapped[int] = mapped_column(primary_key=True)
    list_name: Mapped[str]
    source: Mapped[str]
    legal_basis: Mapped[str]
    kept_until_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(Instant)
    deleted_at: Mapped[datetime] = mapped_column(Instant)
    standing: Mapped[int]
    entries: Mapped[int]
    imports: Mapped[int]
    matches: Mapped[int]


class CensusMatch(Base):
    """Who an account is on a list. Entries come and go; the identity stays, and the entry that stands for it now says the rest.

    Level 2: told numbers and names that only the person should know; 3: came in person, or had a letter with a code.
    """

    __tablename__ = "census_matches"
    __table_args__ = (
        UniqueConstraint("list_id", "identity_hash"),
        CheckConstraint("level IN (2, 3)", name="level"),
        CheckConstraint("way IN ('self', 'desk', 'letter')", name="way"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("census_lists.id"))
    identity_hash: Mapped[bytes] = mapped_column(info=KEYED)
    level: Mapped[int]
    way: Mapped[str]
    matched_at: Mapped[datetime] = mapped_column(Instant)


class CensusTick(Base):
    """Somebody has voted in this process as this person of the list. Once, by whichever account.

    It names no account and has no time and no number in a sequence, and goes when the box is closed for good (ADR 6). The key to
    the list does not cascade: a list by which a vote goes on is not deleted.
    """

    __tablename__ = "census_ticks"
    __table_args__ = (
        UniqueConstraint("process_id", "list_id", "identity_hash"),
        {"sqlite_with_rowid": False},
    )

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    list_id: Mapped[int] = mapped_column(ForeignKey("census_lists.id"), index=True)
    identity_hash: Mapped[bytes] = mapped_column(info=KEYED)
