"""Expand: files of closed boxes that everybody may have."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    """Add the table of app.ballots.models.KeptFile."""
    op.create_table(
        "ballot_files",
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("packed", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("process_id", "name"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("ballot_files")
