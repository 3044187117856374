"""Expand: processes and their phases."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add processes and phases."""
    op.create_table(
        "processes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("slug", sa.String, nullable=False, unique=True),
        sa.Column("kind", sa.String, nullable=False),
        *(
            sa.Column(name, sa.JSON, nullable=False)
            for name in ("title", "question", "summary", "promise", "channels", "outcome")
        ),
        sa.Column("who", sa.String, nullable=False),
        sa.Column("currency", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("published_at", Instant),
        sa.Column("box_closed_at", Instant),
        sa.Column("results_at", Instant),
    )
    op.create_table(
        "phases",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("starts_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.UniqueConstraint("process_id", "kind"),
        sa.CheckConstraint("starts_at < ends_at", name="runs_forward"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("phases")
    op.drop_table("processes")
