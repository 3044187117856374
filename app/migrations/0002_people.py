"""Expand: accounts, contact points, the activity log, and signing in."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables of app.people and app.sign_in."""
    _people()
    _codes()
    _staff()


def downgrade() -> None:
    """Remove them."""
    for table in (
        "one_time_links",
        "recovery_codes",
        "second_factors",
        "sessions",
        "sign_in_codes",
        "activities",
        "contact_points",
        "persons",
    ):
        op.drop_table(table)


def _person_id(**marks: Any) -> sa.Column[int]:
    return sa.Column(
        "person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"), nullable=False, **marks
    )


def _people() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("display_name", sa.String, nullable=False),
        sa.Column("language", sa.String, nullable=False),
        sa.Column("role", sa.String, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("sessions_from", Instant, nullable=False),
        sa.Column("disabled_at", Instant),
        sa.Column("deletion_requested_at", Instant),
        sa.CheckConstraint("role IN ('resident', 'officer', 'administrator')", name="role"),
    )
    op.create_table(
        "contact_points",
        sa.Column("id", sa.Integer, primary_key=True),
        _person_id(index=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("normalized", sa.String, nullable=False),
        sa.Column("confirmed_at", Instant),
        sa.UniqueConstraint("kind", "normalized"),
        sa.CheckConstraint("kind IN ('email')", name="kind"),
    )
    op.create_table(
        "activities",
        _person_id(primary_key=True),
        sa.Column("kind", sa.String, primary_key=True),
        sa.Column("process_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("on", sa.Date, primary_key=True),
    )


def _codes() -> None:
    op.create_table(
        "sign_in_codes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("handle", sa.String, nullable=False, unique=True),
        sa.Column("address", sa.String, nullable=False),
        sa.Column("normalized", sa.String, nullable=False, index=True),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("next_path", sa.String, nullable=False),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("link_hash", sa.String, nullable=False),
        sa.Column("tries_left", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False, index=True),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.Column("voided_at", Instant),
        sa.CheckConstraint("tries_left >= 0", name="tries_left"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String, nullable=False, unique=True),
        _person_id(index=True),
        sa.Column("code_id", sa.Integer, unique=True),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("seen_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("second_factor_at", Instant),
    )


def _staff() -> None:
    op.create_table(
        "second_factors",
        _person_id(primary_key=True),
        sa.Column("seed", sa.String, nullable=False),
        sa.Column("last_step", sa.Integer, nullable=False),
        sa.Column("set_up_at", Instant, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer, primary_key=True),
        _person_id(index=True),
        sa.Column("code_hash", sa.String, nullable=False),
        sa.Column("used_at", Instant),
    )
    op.create_table(
        "one_time_links",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("token_hash", sa.String, nullable=False, unique=True),
        _person_id(index=True),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("seed", sa.String, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.CheckConstraint("kind IN ('set_up', 'trial')", name="kind"),
    )
