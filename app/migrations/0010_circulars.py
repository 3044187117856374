"""Expand: circulars, one text to many readers, and what the outbox keeps of each reader's copy."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add circulars, and to outbox_messages their circular, its fields and the domain."""
    op.create_table(
        "circulars",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("subject", sa.JSON, nullable=False),
        sa.Column("text", sa.JSON, nullable=False),
        sa.Column("html", sa.JSON, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("paused_at", Instant),
    )
    op.add_column("outbox_messages", sa.Column("domain", sa.String, nullable=False, server_default=""))
    op.add_column("outbox_messages", sa.Column("fields", sa.JSON))
    op.add_column("outbox_messages", sa.Column("circular_id", sa.Integer, index=True))


def downgrade() -> None:
    """Remove them."""
    for column in ("circular_id", "fields", "domain"):
        op.drop_column("outbox_messages", column)
    op.drop_table("circulars")
