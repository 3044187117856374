"""The end of a list: told beforehand, then everything of it is deleted, and a certificate is left."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import delete, select

from app.census import mails, queries, service, ticks
from app.census.errors import ListInUse
from app.census.models import (
    CensusCertificate,
    CensusEntry,
    CensusImport,
    CensusList,
    CensusMatch,
    CensusReject,
    CensusStaged,
)
from app.core import audit, clock
from app.core.db import count_changed, db

NOTICES = (30, 3)
"""So many days before the end officers are told."""


def is_ending(target: CensusList, today: date) -> bool:
    """Whether the end of a list is near enough to be told."""
    return target.kept_until_on - today <= timedelta(days=NOTICES[0])


def tell() -> None:
    """Write to all staff about lists whose end is near, once for each of the notices."""
    today = clock.today()
    for target in db.session.scalars(select(CensusList)):
        left = (target.kept_until_on - today).days
        due = [days for days in NOTICES if 0 <= left <= days]
        if due:
            mails.ending(target, min(due))


def list_over(since: timedelta = timedelta(0)) -> list[int]:
    """Lists whose last day has passed, or had passed so long ago."""
    over = select(CensusList.id).where(CensusList.kept_until_on < clock.today() - since)
    return list(db.session.scalars(over.order_by(CensusList.id)))


def delete_list(actor: str, target: CensusList) -> CensusCertificate:
    """Delete a list with all that was known by it. Raises: ImportRunning, when somebody changes it just now; ListInUse."""
    service.hold_list(target)
    standing = queries.count_entries(target.id)
    imports = select(CensusImport.id).where(CensusImport.list_id == target.id)
    for table in (CensusStaged, CensusReject):
        db.session.execute(delete(table).where(table.import_id.in_(imports)))
    matches, entries = (
        count_changed(delete(table).where(table.list_id == target.id)) for table in (CensusMatch, CensusEntry)
    )
    # Asked after the matches are gone: whoever votes at this moment holds theirs, and was waited for.
    if ticks.is_in_use(target.id):
        raise ListInUse
    imported = count_changed(delete(CensusImport).where(CensusImport.list_id == target.id))
    made = CensusCertificate(
        list_name=target.name, source=target.source, legal_basis=target.legal_basis,
        kept_until_on=target.kept_until_on, created_at=target.created_at, deleted_at=clock.now(),
        standing=standing, entries=entries, imports=imported, matches=matches,
    )  # fmt: skip
    db.session.add(made)
    db.session.delete(target)
    db.session.flush()
    audit.record(
        actor, "census.delete", f"census:{target.id}", certificate=made.id, entries=entries, imports=imported,
        matches=matches, kept_until=made.kept_until_on,
    )  # fmt: skip
    return made
