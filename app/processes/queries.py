"""Reads: which processes there are, and the one answer to "is it open?"."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row, bindparam, select, text

from app.core import clock
from app.core.db import ask, db
from app.core.errors import NotFound
from app.processes import rules
from app.processes.models import Phase, Process
from app.processes.rules import Span, Stage

# Put together once: every page about a process begins with one of them.
_BY_SLUG = select(Process).where(Process.slug == bindparam("slug")).execution_options(populate_existing=True)
_PROCESS, _PHASE = Process.__table__, Phase.__table__
_WIDTH, _BOTH = len(_PROCESS.c), len(_PROCESS.c) + len(_PHASE.c)
STATE = (
    select(_PROCESS, _PHASE)
    .join_from(_PROCESS, _PHASE, _PHASE.c.process_id == _PROCESS.c.id, isouter=True)
    .where(_PROCESS.c.slug == bindparam("slug"))
    .order_by(_PHASE.c.starts_at)
)
"""What `read_published` makes a process of; a feature may add columns of its own, so as not to ask twice."""
_HOLD, _HOLD_ALONE = (
    text(f"SELECT pg_advisory_xact_lock{kind}(hashtext('civic.process'), hashtext(:slug))")
    for kind in ("_shared", "")
)


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
    """The process of that address, only to be read, if residents may know of it. Raises: NotFound."""
    return read_published(ask(STATE, {"slug": slug}).all())


def read_published(rows: Sequence[Row[Any]]) -> Process:
    """The process that these rows of `STATE` tell of; the object is made again only when they changed. Raises: NotFound."""
    if not rows or rows[0].published_at is None:
        raise NotFound
    kept: dict[str, tuple[list[Any], Process]] = current_app.extensions.setdefault("civic.processes", {})
    state = [row[:_BOTH] for row in rows]
    before, process = kept.get(rows[0].slug, (None, None))
    if process is None or before != state:
        phases = [
            Phase(**dict(zip(_PHASE.c.keys(), row[_WIDTH:], strict=True))) for row in state if row[_WIDTH]
        ]
        process = Process(**dict(zip(_PROCESS.c.keys(), state[0], strict=False)), phases=phases)
        kept[process.slug] = state, process
    return process


def list_processes(*, published: bool) -> list[Process]:
    """All processes, the newest first; with `published` only those that residents may know of."""
    wanted = select(Process).order_by(Process.id.desc())
    if published:
        wanted = wanted.where(Process.published_at.is_not(None))
    return list(db.session.scalars(wanted).unique())


def list_of_segment(segment_id: int) -> list[Process]:
    """The processes for which a version of that segment says who may take part."""
    wanted = select(Process).where(Process.who.startswith(f"segment:{segment_id}:"))
    return list(db.session.scalars(wanted.order_by(Process.id)).unique())


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
        ask(_HOLD_ALONE if alone else _HOLD, {"slug": slug})
