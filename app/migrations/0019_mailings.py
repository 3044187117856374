"""Expand: mailings, what became of each reader, and which letters the site writes by itself."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the tables of app.mailings."""
    op.create_table(
        "mailings",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("title", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("audience", sa.String, nullable=False),
        sa.Column("texts", sa.JSON, nullable=False),
        sa.Column("apart_days", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("state", sa.String, nullable=False, index=True),
        sa.Column("halted", sa.String, nullable=False),
        sa.Column("origin", sa.String, unique=True),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("confirmed_by", sa.String),
        sa.Column("confirmed_at", Instant),
        sa.Column("expected", sa.Integer),
        sa.Column("send_at", Instant),
        sa.Column("circulars", sa.JSON, nullable=False),
        sa.Column("paused_at", Instant),
        sa.Column("ended_at", Instant),
        sa.CheckConstraint("state IN ('draft', 'scheduled', 'sending', 'done', 'stopped')", name="state"),
        sa.CheckConstraint("halted IN ('', 'empty', 'grown')", name="halted"),
    )
    op.create_table(
        "mailing_recipients",
        sa.Column(
            "mailing_id", sa.Integer, sa.ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("answer", sa.String, nullable=False, server_default=""),
        sa.Column("left_at", Instant),
        sa.Index("ix_mailing_recipients_state", "mailing_id", "state", "person_id"),
        sa.Index("ix_mailing_recipients_person", "person_id", "at"),
    )
    op.create_table(
        "mailing_switches",
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("changed_by", sa.String, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("mailing_switches", "mailing_recipients", "mailings"):
        op.drop_table(table)
