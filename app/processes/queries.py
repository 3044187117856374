"""Reads: which processes there are, and the one answer to "is it open?"."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, text

from app.core import clock
from app.core.db import db
from app.core.errors import NotFound
from app.processes import rules
from app.processes.models import Phase, Process
from app.processes.rules import Span, Stage

# Put together once: every page about a process begins with it.
_BY_SLUG = select(Process).where(Process.slug == bindparam("slug")).execution_options(populate_existing=True)


def current_phase(process: Process, at: datetime | None = None) -> Span | None:
    """The phase running now (or at that instant) by the server's clock, None when the process takes nothing."""
    if process.published_at is None or process.box_closed_at is not None:
        return None
    return rules.find_current(process.spans, at or clock.now())


def takes_ballots(process: Process, at: datetime | None = None) -> bool:
    """Whether a ballot confirmed now (or at that instant) would be taken."""
    phase = current_phase(process, at)
    return phase is not None and phase.kind == "balloting"


def stage_of(process: Process, at: datetime | None = None) -> Stage:
    """What a resident sees of the process now (or at that instant)."""
    return rules.stage(process.standing, process.spans, at or clock.now())


def get_process(slug: str) -> Process:
    """The process of that address, as the database has it now. Raises: NotFound."""
    process = db.session.scalars(_BY_SLUG, {"slug": slug}).unique().one_or_none()
    if process is None:
        raise NotFound
    return process


def get_published(slug: str) -> Process:
    """The process of that address, if residents may know of it. Raises: NotFound."""
    process = get_process(slug)
    if process.published_at is None:
        raise NotFound
    return process


def list_processes(*, published: bool) -> list[Process]:
    """All processes, the newest first; with `published` only those that residents may know of."""
    wanted = select(Process).order_by(Process.id.desc())
    if published:
        wanted = wanted.where(Process.published_at.is_not(None))
    return list(db.session.scalars(wanted).unique())


def list_box_open() -> list[int]:
    """Ids of the published processes whose ballot box has not been closed."""
    return list(
        db.session.scalars(
            select(Process.id).where(Process.published_at.is_not(None), Process.box_closed_at.is_(None))
        )
    )


def list_overdue(at: datetime | None = None) -> list[int]:
    """Ids of the processes whose balloting has ended while their box still stands open."""
    return list(
        db.session.scalars(
            select(Process.id)
            .join(Phase, Phase.process_id == Process.id)
            .where(
                Phase.kind == "balloting",
                Phase.ends_at <= (at or clock.now()),
                Process.box_closed_at.is_(None),
            )
            .where(Process.published_at.is_not(None))
        )
    )


def hold(slug: str, *, alone: bool = False) -> None:
    """Keep the process's dates and box as they are until this transaction ends.

    Ballots hold it together; whoever moves dates or closes the box holds it `alone`, after all ballots in flight.
    On SQLite writers are alone anyway (BEGIN IMMEDIATE).
    """
    if db.session.get_bind().dialect.name == "postgresql":
        kind = "" if alone else "_shared"
        db.session.execute(
            text(f"SELECT pg_advisory_xact_lock{kind}(hashtext('civic.process'), hashtext(:slug))"),
            {"slug": slug},
        )
