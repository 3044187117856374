"""Expand: which streets of a census file the table of streets does not tell."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add the column; of earlier files nobody knows."""
    op.add_column("census_imports", sa.Column("streets", sa.JSON, nullable=False, server_default="{}"))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("census_imports", "streets")
