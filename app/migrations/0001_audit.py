"""Expand: the chain of audited acts."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Add audit_entries."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("actor", sa.String, nullable=False),
        sa.Column("act", sa.String, nullable=False),
        sa.Column("subject", sa.String, nullable=False),
        sa.Column("detail", sa.String, nullable=False),
        sa.Column("link", sa.String, nullable=False, unique=True),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("audit_entries")
