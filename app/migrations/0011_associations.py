"""Expand: the register of associations, their members and delegates, grants, and files that wait to be taken over."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the tables of app.associations."""
    texts = (
        "name",
        "name_key",
        "words",
        "purpose",
        "theme",
        "district",
        "number",
        "email",
        "phone",
        "website",
    )
    op.create_table(
        "associations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("state", sa.String, nullable=False),
        *(sa.Column(name, sa.String, nullable=False) for name in (*texts, "reason")),
        sa.Column("statutes_on", sa.Date),
        sa.Column("size", sa.Integer),
        sa.Column("due_on", sa.Date),
        sa.Column("applied_at", Instant, nullable=False),
        sa.Column("decided_at", Instant),
        sa.CheckConstraint("state IN ('applied', 'refused', 'registered', 'ended')", name="state"),
    )
    registered = sa.text("state = 'registered'")
    op.create_index(
        "uq_associations_name_key", "associations", ["name_key"],
        unique=True, postgresql_where=registered, sqlite_where=registered,
    )  # fmt: skip
    numbered = sa.text("state = 'registered' AND number <> ''")
    op.create_index(
        "uq_associations_number", "associations", ["number"],
        unique=True, postgresql_where=numbered, sqlite_where=numbered,
    )  # fmt: skip
    op.create_table(
        "association_members",
        _association_id(primary_key=True),
        sa.Column(
            "person_id", sa.Integer, sa.ForeignKey("persons.id", ondelete="CASCADE"),
            primary_key=True, index=True,
        ),
        sa.Column("standing", sa.String, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("since_at", Instant, nullable=False),
        sa.CheckConstraint("standing IN ('asked', 'member', 'delegate')", name="standing"),
    )  # fmt: skip
    op.create_table(
        "association_grants",
        sa.Column("id", sa.Integer, primary_key=True),
        _association_id(index=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("amount_cents", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
    )
    op.create_table(
        "association_imports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("rows", sa.JSON, nullable=False),
        sa.Column("unused", sa.JSON, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("association_imports", "association_grants", "association_members", "associations"):
        op.drop_table(table)


def _association_id(*, primary_key: bool = False, index: bool = False) -> sa.Column[int]:
    association = sa.ForeignKey("associations.id", ondelete="CASCADE")
    return sa.Column(
        "association_id", sa.Integer, association, primary_key=primary_key, nullable=False, index=index
    )
