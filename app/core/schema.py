"""Where the schema stands and where this release wants it. The way from one to the other is app.core.migrating.

A revision is the number that the file of its migration begins with; they follow one another. So whoever only asks need not
load what migrates, which takes 14 MB in every process of a site.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Instant

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


class Contract(Base):
    """A migration whose `contract()` has run: a release that does not know it can no longer use this database."""

    __tablename__ = "schema_contracts"

    revision: Mapped[str] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(Instant)


def revisions() -> list[str]:
    """The revisions that this release knows, from the first on."""
    return sorted(path.name[:4] for path in FOLDER.glob("[0-9][0-9][0-9][0-9]_*.py"))


def head() -> str:
    """The revision that this release's code expects."""
    return revisions()[-1]


def current(connection: Connection) -> str | None:
    """The revision of the database, None when it is empty."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    stands: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return stands


def find_hindrance(connection: Connection) -> str | None:
    """Why this release cannot use the database; None when it can.

    A newer schema is no hindrance as long as nothing was taken away that this release needs: so one can go back to it.
    """
    stands = current(connection)
    if stands == head():
        return None
    known = set(revisions())
    if stands is None or stands in known:
        return f"schema {stands}, wanted {head()}"
    foreign = set(connection.scalars(select(Contract.revision))) - known
    return (
        f"schema {stands} no longer has what {head()} needs ({', '.join(sorted(foreign))})"
        if foreign
        else None
    )
