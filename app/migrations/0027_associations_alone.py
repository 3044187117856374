"""Expand: since when an association has no delegate any more."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the column; nobody knows of those who went before."""
    op.add_column("associations", sa.Column("alone_since_at", Instant, nullable=True))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("associations", "alone_since_at")
