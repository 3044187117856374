"""Expand: ticks of who has voted by a list; whoever has in a process whose box is open gets one."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

_RANDOM = {"postgresql": "replace(gen_random_uuid()::text, '-', '')", "sqlite": "lower(hex(randomblob(16)))"}

TICK_WHO_HAS_VOTED = {
    name: f"INSERT INTO census_ticks (process_id, id, list_id, identity_hash) "  # noqa: S608 - of constants
    f"SELECT r.process_id, {drawn}, m.list_id, m.identity_hash FROM ballot_roll r "
    "JOIN processes p ON p.id = r.process_id JOIN census_matches m ON m.person_id = r.person_id "
    "WHERE p.box_closed_at IS NULL AND (p.who LIKE 'census%' OR p.who LIKE 'segment%')"
    for name, drawn in _RANDOM.items()
}


def upgrade() -> None:
    """Add the table of app.census.ticks, and tick off who has voted."""
    op.create_table(
        "census_ticks",
        sa.Column("process_id", sa.Integer, sa.ForeignKey("processes.id"), nullable=False),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("list_id", sa.Integer, sa.ForeignKey("census_lists.id"), nullable=False),
        sa.Column("identity_hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("process_id", "id"),
        sa.UniqueConstraint("process_id", "list_id", "identity_hash"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_census_ticks_list_id", "census_ticks", ["list_id"])
    op.execute(sa.text(TICK_WHO_HAS_VOTED[op.get_bind().dialect.name]))


def downgrade() -> None:
    """Remove it."""
    op.drop_table("census_ticks")
