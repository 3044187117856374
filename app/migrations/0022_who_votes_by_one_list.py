"""Expand: one census list decides who may take part in a process: that by which most have voted, else most are known."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

LIST_OF = sa.text(
    "SELECT l.id FROM census_lists l ORDER BY"
    " (SELECT count(*) FROM census_ticks t WHERE t.list_id = l.id AND t.process_id = :process) DESC,"
    " (SELECT count(*) FROM census_matches m WHERE m.list_id = l.id) DESC, l.id LIMIT 1"
)
ASKING = sa.text("SELECT id, who FROM processes WHERE who LIKE 'census%' OR who LIKE 'segment%'")
CHANGE = sa.text("UPDATE processes SET who = :who WHERE id = :process")


def upgrade() -> None:
    """Name the list behind the age, or behind the version: the release before reads as far as that."""
    name_lists(op.get_bind())


def name_lists(connection: sa.Connection) -> None:
    """Name the list in each process that has none. Without any list nothing is named."""
    for process, who in connection.execute(ASKING).all():
        kind, *numbers = who.split(":")
        said = [kind, *(numbers or ["0"])]
        found = connection.scalar(LIST_OF, {"process": process})
        if found is not None and len(said) == (2 if kind == "census" else 3):
            connection.execute(CHANGE, {"who": ":".join([*said, str(found)]), "process": process})


def downgrade() -> None:
    """Nothing: the release before reads what there is."""
