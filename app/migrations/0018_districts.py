"""Expand: the table of streets by district, and files that wait for a yes."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Add the tables of app.districts."""
    op.create_table(
        "street_ranges",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("street", sa.String, nullable=False),
        sa.Column("first", sa.Integer, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.Column("side", sa.String, nullable=False),
        sa.Column("district", sa.String, nullable=False),
        sa.CheckConstraint("side IN ('both', 'odd', 'even')", name="side"),
    )
    op.create_table(
        "street_tables",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("street_tables")
    op.drop_table("street_ranges")
