"""Expand: roll, hopper, box, drafts, and the count chain of secret ballots."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the tables of app.ballots; on SQLite those of people and ballots have no rowid (docs/adr/0006)."""
    _ballots()
    _counts()


def downgrade() -> None:
    """Remove them."""
    for table in (
        "ballot_links",
        "ballot_checks",
        "ballot_drafts",
        "ballot_box",
        "ballot_hopper",
        "ballot_roll",
    ):
        op.drop_table(table)


def _process_id() -> sa.Column[int]:
    return sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), primary_key=True)


def _ballots() -> None:
    op.create_table(
        "ballot_roll",
        _process_id(),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id"), primary_key=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("voted_on", sa.Date, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_hopper",
        _process_id(),
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_box",
        _process_id(),
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("choices", sa.Text, nullable=False),
        sa.Column("receipt_hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("process_id", "receipt_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ballot_drafts",
        _process_id(),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("is_reminded", sa.Boolean, nullable=False),
        sqlite_with_rowid=False,
    )


def _counts() -> None:
    op.create_table(
        "ballot_checks",
        _process_id(),
        sa.Column("at", Instant, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("roll", "hopper", "box")),
    )
    op.create_table(
        "ballot_links",
        _process_id(),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        *(sa.Column(name, sa.Integer, nullable=False) for name in ("roll", "hopper", "box")),
        sa.Column("root", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("is_final", sa.Boolean, nullable=False),
        sa.Column("signature", sa.String(128), nullable=False),
    )
