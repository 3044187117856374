"""Expand: whether mailings are watched, where their links lead, and on which day a reader opened one and followed a link."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Add the tables of app.watching, and columns to those of app.mailings."""
    op.create_table(
        "watches",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("changed_by", sa.String, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
    )
    op.create_table(
        "watched_links",
        sa.Column("mailing_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("url", sa.String, nullable=False),
    )
    op.add_column("mailings", sa.Column("is_watched", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("mailing_recipients", sa.Column("opened_on", sa.Date))
    op.add_column("mailing_recipients", sa.Column("clicked_on", sa.Date))


def downgrade() -> None:
    """Remove them."""
    for column in ("opened_on", "clicked_on"):
        op.drop_column("mailing_recipients", column)
    op.drop_column("mailings", "is_watched")
    for table in ("watched_links", "watches"):
        op.drop_table(table)
