"""Expand: since when the mail server has been away."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table of app.mail.away."""
    op.create_table(
        "mail_server_away",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("since", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("mail_server_away")
