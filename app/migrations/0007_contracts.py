"""Expand: which migrations have had their contract run."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add schema_contracts."""
    op.create_table(
        "schema_contracts",
        sa.Column("revision", sa.String, primary_key=True),
        sa.Column("done_at", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("schema_contracts")
