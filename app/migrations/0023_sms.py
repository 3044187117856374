"""Expand: SMS, and what became of each reader's message."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0023"
down_revision = "0022"
STATES = ("waiting", "sending", "sent", "refused", "too-late", "no-consent", "no-number", "stopped")


def upgrade() -> None:
    """Add the tables of app.sms."""
    op.create_table(
        "sms",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("form_key", sa.String, nullable=False, unique=True),
        sa.Column("segment_id", sa.Integer, nullable=False),
        sa.Column("segment_version", sa.Integer, nullable=False),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("parts", sa.Integer, nullable=False),
        sa.Column("left_out", sa.JSON, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("send_at", Instant, nullable=False),
        sa.Column("paused_at", Instant),
    )
    op.create_table(
        "sms_messages",
        sa.Column("sms_id", sa.Integer, sa.ForeignKey("sms.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("key", sa.String, nullable=False, unique=True),
        sa.Column("state", sa.String, sa.CheckConstraint(f"state IN {STATES}", name="state"), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_at", Instant, nullable=False),
        sa.Column("lease_until", Instant),
        sa.Column("done_at", Instant),
        sa.Column("answer", sa.String, nullable=False),
    )
    op.create_index("ix_sms_messages_person_id", "sms_messages", ["person_id"])
    op.create_index("ix_sms_messages_next", "sms_messages", ["state", "next_at"])


def downgrade() -> None:
    """Remove them."""
    for table in ("sms_messages", "sms"):
        op.drop_table(table)
