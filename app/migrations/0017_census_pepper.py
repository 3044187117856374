"""Expand: a census list has a key of its own, sealed with the site's pepper."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the sealed key; lists without one go on with the key that comes from the site's secret."""
    op.add_column("census_lists", sa.Column("sealed_key", sa.LargeBinary))


def downgrade() -> None:
    """Remove it."""
    op.drop_column("census_lists", "sealed_key")
