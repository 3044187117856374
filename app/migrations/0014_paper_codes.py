"""Expand: codes of letters on paper."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the table of app.paper_codes."""
    op.create_table(
        "paper_codes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "list_id", sa.Integer, sa.ForeignKey("census_lists.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("identity_hash", sa.LargeBinary, nullable=False),
        sa.Column("code_hash", sa.LargeBinary, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("good_until_on", sa.Date, nullable=False),
        sa.Column("used_by", sa.Integer, sa.ForeignKey("persons.id", ondelete="SET NULL")),
        sa.UniqueConstraint("list_id", "identity_hash"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("paper_codes")
