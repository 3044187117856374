"""Expand: census lists, their imports and entries, who is whom on them, and requests to correct them."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add the tables of app.census."""
    _lists()
    _imports()
    op.create_table(
        "census_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("census_lists.id"), nullable=False),
        *_person(),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_until", sa.Date),
        sa.Column("added_by", sa.Integer, sa.ForeignKey("census_imports.id"), nullable=False, index=True),
        sa.Column("ended_by", sa.Integer, sa.ForeignKey("census_imports.id"), index=True),
        sa.CheckConstraint("valid_until >= valid_from", name="valid"),
        sa.CheckConstraint("sex IN ('f', 'm', 'x', '')", name="sex"),
    )
    stands = sa.text("valid_until IS NULL")
    op.create_index(
        "uq_census_entries_standing", "census_entries", ["list_id", "identity_hash"],
        unique=True, postgresql_where=stands, sqlite_where=stands,
    )  # fmt: skip
    ended = sa.text("valid_until IS NOT NULL")
    op.create_index(
        "ix_census_entries_ended", "census_entries", ["list_id", "identity_hash"],
        postgresql_where=ended, sqlite_where=ended,
    )  # fmt: skip
    op.create_index("ix_census_entries_birth", "census_entries", ["list_id", "birth_on"])
    op.create_table(
        "census_staged",
        _import_id(),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("is_held", sa.Boolean, nullable=False),
        *_person(),
    )
    op.create_index("ix_census_staged_identity", "census_staged", ["import_id", "identity_hash"])
    op.create_table(
        "census_rejects",
        _import_id(),
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("field", sa.String, primary_key=True),
        sa.Column("reason", sa.String, nullable=False),
    )
    op.create_table(
        "census_matches",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("census_lists.id"), nullable=False),
        sa.Column("identity_hash", sa.LargeBinary, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("way", sa.String, nullable=False),
        sa.Column("matched_at", Instant, nullable=False),
        sa.UniqueConstraint("list_id", "identity_hash"),
        sa.CheckConstraint("level IN (2, 3)", name="level"),
        sa.CheckConstraint("way IN ('self', 'desk', 'letter')", name="way"),
    )

    op.create_table(
        "census_certificates",
        sa.Column("id", sa.Integer, primary_key=True),
        *(sa.Column(name, sa.String, nullable=False) for name in ("list_name", "source", "legal_basis")),
        sa.Column("kept_until_on", sa.Date, nullable=False),
        *(sa.Column(name, Instant, nullable=False) for name in ("created_at", "deleted_at")),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("standing", "entries", "imports", "matches")
        ),
    )

    _checks()


def downgrade() -> None:
    """Remove them."""
    for table in ("correction_requests", "failed_checks"):
        op.drop_table(table)
    op.drop_table("census_certificates")
    op.drop_table("census_matches")
    for table in ("census_rejects", "census_staged", "census_entries", "census_imports", "census_lists"):
        op.drop_table(table)


def _checks() -> None:
    op.create_table(
        "failed_checks",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "person_id",
            sa.Integer,
            sa.ForeignKey("persons.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("at", Instant, nullable=False),
    )
    op.create_table(
        "correction_requests",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "person_id",
            sa.Integer,
            sa.ForeignKey("persons.id", ondelete="CASCADE"),
            nullable=False,
            index=True,
        ),
        sa.Column("message", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("answered_at", Instant),
        sa.Column("answered_by", sa.String),
    )


def _import_id() -> sa.Column[int]:
    return sa.Column(
        "import_id", sa.Integer, sa.ForeignKey("census_imports.id"), primary_key=True, autoincrement=False
    )


def _person() -> list[sa.Column[Any]]:
    hashes = ("identity_hash", "family_hash", "used_family_hash", "given_hash")
    return [
        *(sa.Column(name, sa.LargeBinary, nullable=False) for name in hashes),
        sa.Column("birth_on", sa.Date),
        sa.Column("birth_year", sa.Integer, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in ("sex", "district", "language")),
    ]


def _lists() -> None:
    op.create_table(
        "census_lists",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("legal_basis", sa.String, nullable=False),
        sa.Column("kept_until_on", sa.Date, nullable=False),
        sa.Column("country", sa.String, nullable=False),
        sa.Column("identity", sa.String, nullable=False),
        sa.Column("key_check", sa.LargeBinary, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.CheckConstraint("source IN ('electoral_roll', 'padron', 'register', 'desk')", name="source"),
        sa.CheckConstraint("country IN ('fr', 'es', 'other')", name="country"),
        sa.CheckConstraint("identity IN ('number', 'civil-status')", name="identity"),
    )


def _imports() -> None:
    op.create_table(
        "census_imports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("census_lists.id"), nullable=False, index=True),
        sa.Column("base_id", sa.Integer, sa.ForeignKey("census_imports.id")),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("applied_at", Instant),
        sa.Column("applied_by", sa.String),
        sa.Column("undone_at", Instant),
        sa.Column("undone_by", sa.String),
        sa.Column("effective_on", sa.Date, nullable=False),
        *(
            sa.Column(name, sa.String, nullable=False)
            for name in ("file_sha256", "encoding", "delimiter", "preset")
        ),
        *(sa.Column(name, sa.JSON, nullable=False) for name in ("columns", "refusal")),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("expected", "rows", "standing", "added", "changed", "ended", "rejected")
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'waiting', 'reading', 'prepared', 'applying', 'applied', 'undoing', 'undone', 'refused')",
            name="state",
        ),
    )
