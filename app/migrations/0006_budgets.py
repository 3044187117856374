"""Expand: budgets, their projects and their results."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the tables of app.budgets."""
    op.create_table(
        "budgets",
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), primary_key=True),
        sa.Column("total_cents", sa.BigInteger, nullable=False),
        sa.Column("vote_type", sa.String, nullable=False),
        sa.Column("rule", sa.String, nullable=False),
        sa.Column("meta", sa.JSON, nullable=False),
        sa.Column("votes_left_out", sa.Integer, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.CheckConstraint("total_cents >= 0", name="total"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("ref", sa.String, nullable=False),
        *(
            sa.Column(name, sa.JSON, nullable=False)
            for name in ("title", "description", "category", "district")
        ),
        sa.Column("cost_cents", sa.BigInteger, nullable=False),
        sa.Column("latitude", sa.Float),
        sa.Column("longitude", sa.Float),
        sa.Column("picture", sa.String, nullable=False),
        sa.Column("feasibility", sa.String, nullable=False),
        sa.Column("explanation", sa.JSON, nullable=False),
        sa.Column("is_withdrawn", sa.Boolean, nullable=False),
        sa.Column("extra", sa.JSON, nullable=False),
        sa.UniqueConstraint("process_id", "ref"),
        sa.CheckConstraint("cost_cents >= 0", name="cost"),
        sa.CheckConstraint("feasibility IN ('undecided', 'feasible', 'unfeasible')", name="feasibility"),
    )
    op.create_table(
        "budget_results",
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), primary_key=True),
        sa.Column("rule", sa.String, primary_key=True),
        sa.Column("is_official", sa.Boolean, nullable=False),
        sa.Column("outcome", sa.JSON, nullable=False),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("budget_results", "projects", "budgets"):
        op.drop_table(table)
