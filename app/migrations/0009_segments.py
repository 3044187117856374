"""Expand: tags and search words of people, segments with their versions and exports, and the indexes that segments count by."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the tables of app.segments, and what people and census need to be asked quickly."""
    op.create_table(
        "person_tags",
        _person_id(),
        sa.Column("tag", sa.String, primary_key=True),
    )
    op.create_index("ix_person_tags_tag", "person_tags", ["tag", "person_id"])
    op.create_table(
        "person_words",
        sa.Column(
            "word",
            sa.String().with_variant(sa.String(collation="C"), "postgresql"),
            primary_key=True,
        ),
        _person_id(index=True),
    )
    op.create_index("ix_activities_kind", "activities", ["kind", "process_id", "person_id", "on"])
    stands = sa.text("valid_until IS NULL")
    op.create_index(
        "ix_census_entries_cells", "census_entries", ["list_id", "district", "sex", "birth_year"],
        postgresql_where=stands, sqlite_where=stands,
    )  # fmt: skip
    op.create_table(
        "segments",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String, nullable=False, unique=True),
        sa.Column("created_at", Instant, nullable=False),
    )
    op.create_table(
        "segment_versions",
        sa.Column("segment_id", sa.Integer, sa.ForeignKey("segments.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rule", sa.JSON, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
    )
    op.create_table(
        "segment_exports",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("segment_id", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("purpose", sa.String, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("made_by", sa.String, nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id", "version"], ["segment_versions.segment_id", "segment_versions.number"]
        ),
    )


def downgrade() -> None:
    """Remove them."""
    for table in ("segment_exports", "segment_versions", "segments", "person_words", "person_tags"):
        op.drop_table(table)
    op.drop_index("ix_activities_kind", "activities")
    op.drop_index("ix_census_entries_cells", "census_entries")


def _person_id(*, index: bool = False) -> sa.Column[int]:
    person = sa.ForeignKey("persons.id", ondelete="CASCADE")
    return sa.Column("person_id", sa.Integer, person, primary_key=True, index=index)
