"""Expand: the outbox of letters, counts of tries, the worker's sign of life."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add outbox_messages, throttle_counts and worker_beats."""
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("message_id", sa.String, nullable=False, unique=True),
        sa.Column("lane", sa.Integer, nullable=False),
        sa.Column("recipient", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("secret", sa.Boolean, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False, index=True),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("expires_at", Instant),
        sa.Column("done_at", Instant),
        sa.Column("answer", sa.String, nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'expired', 'cancelled')", name="state"
        ),
        sa.Index("ix_outbox_messages_next", "state", "lane", "next_at"),
    )
    op.create_table(
        "throttle_counts",
        sa.Column("key", sa.String, primary_key=True),
        sa.Column("began_at", Instant, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table(
        "worker_beats",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("beat_at", Instant, nullable=False),
        sa.Column("began_at", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("worker_beats", "throttle_counts", "outbox_messages"):
        op.drop_table(table)
