"""Expand: who would get a mailing to very many is found out by the worker."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Add the table of wishes."""
    op.create_table(
        "dry_run_wishes",
        sa.Column(
            "mailing_id", sa.Integer, sa.ForeignKey("mailings.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("done_at", Instant),
        sa.Column("found", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("dry_run_wishes")
