"""Expand: checks that wait for the register."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Add the table of app.registers."""
    op.create_table(
        "waiting_checks",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
    )
    op.create_index("ix_waiting_checks_next_at", "waiting_checks", ["next_at"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("waiting_checks")
