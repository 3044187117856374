"""Expand: addresses that are not written to, and what was heard of a letter after it left."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the table of app.mail.suppression and a column of the outbox."""
    op.create_table(
        "suppressions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("address_hash", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("soft_failures", sa.Integer, nullable=False),
        sa.Column("answer", sa.String, nullable=False),
        sa.Column("since", Instant, nullable=False),
        sa.CheckConstraint("reason IN ('', 'soft', 'hard', 'complaint', 'hand')", name="reason"),
    )
    op.add_column("outbox_messages", sa.Column("outcome", sa.String, nullable=False, server_default=""))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("outbox_messages", "outcome")
    op.drop_table("suppressions")
