"""Expand: whether the links of letters lead anywhere."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0029"
down_revision = "0028"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "link_looks",
        sa.Column("url", sa.String, primary_key=True),
        sa.Column("asked_at", Instant, nullable=False),
        sa.Column("looked_at", Instant),
        sa.Column("found", sa.String, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("link_looks")
