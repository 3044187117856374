"""Expand: consents with their proof, notes and contact points beyond e-mail; when an account is told of and erased."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the tables of consents, notes and other contact points, and two columns of accounts."""
    op.create_table(
        "consents",
        sa.Column("id", sa.Integer, primary_key=True),
        _person_id(),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("is_given", sa.Boolean, nullable=False),
        sa.Column("text_version", sa.Integer, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("channel", sa.String, nullable=False),
        sa.Column("recorded_by", sa.String),
        sa.CheckConstraint("channel IN ('page', 'desk', 'letter', 'one-click')", name="channel"),
    )
    op.create_index("ix_consents_purpose", "consents", ["purpose", "person_id", "id"])
    op.create_table(
        "person_notes",
        sa.Column("id", sa.Integer, primary_key=True),
        _person_id(),
        sa.Column("text", sa.String, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )
    op.create_table(
        "other_contact_points",
        sa.Column("person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("words", sa.String, nullable=False),
        sa.Column("noted_by", sa.String, nullable=False),
        sa.Column("noted_at", Instant, nullable=False),
        sa.CheckConstraint("kind IN ('phone', 'postal')", name="kind"),
    )
    op.add_column("persons", sa.Column("unused_notice_on", sa.Date))
    op.add_column("persons", sa.Column("erased_at", Instant))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("persons", "erased_at")
    op.drop_column("persons", "unused_notice_on")
    op.drop_table("other_contact_points")
    op.drop_table("person_notes")
    op.drop_table("consents")


def _person_id() -> sa.Column[int]:
    person = sa.ForeignKey("persons.id", ondelete="CASCADE")
    return sa.Column("person_id", sa.Integer, person, nullable=False, index=True)
