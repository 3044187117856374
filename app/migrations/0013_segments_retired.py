"""Expand: segments can be retired."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the instant from which a segment is no longer offered."""
    op.add_column("segments", sa.Column("retired_at", Instant))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("segments", "retired_at")
