"""Expand: an SMS is written in several languages."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the column; earlier ones have their one text."""
    op.add_column("sms", sa.Column("texts", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("sms", "texts")
