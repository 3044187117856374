"""Use cases of officers: make a process, write its texts, set its dates, open, close, publish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select

from app.core import audit, clock
from app.core.db import db
from app.processes import queries, rules
from app.processes.errors import BoxClosed, NotReady, WrongAge, WrongDates
from app.processes.models import Phase, Process

OLDEST_LEAST_AGE = 25
TEXTS = ("title", "question", "summary", "promise", "channels", "outcome")


def create(actor: str, kind: str, title: Mapping[str, str], currency: str) -> Process:
    """Make a process in draft; its address comes from its title."""
    taken = set(db.session.scalars(select(Process.slug)))
    slug = rules.make_slug(next(iter(title.values())), taken)
    process = Process(
        slug=slug,
        kind=kind,
        title=dict(title),
        currency=currency,
        created_at=clock.now(),
        who="confirmed-address",
    )
    db.session.add(process)
    db.session.flush()
    audit.record(actor, "process.create", f"process:{process.id}", kind=kind, slug=slug)
    return process


def write_texts(actor: str, process: Process, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Replace texts of the process: `{field: {language: text}}` with fields among TEXTS; empty texts are left out."""
    if unknown := set(texts) - set(TEXTS):
        raise ValueError(f"no such texts: {unknown}")
    for name, versions in texts.items():
        setattr(process, name, {lang: text.strip() for lang, text in versions.items() if text.strip()})
    db.session.flush()
    audit.record(actor, "process.write", f"process:{process.id}", texts=sorted(texts))


def set_dates(actor: str, process: Process, starts_at: datetime, ends_at: datetime) -> None:
    """Set the interval in which ballots are taken; the change is audited with the dates before it.

    Raises: WrongDates, BoxClosed.
    """
    queries.hold(process.slug, alone=True)
    db.session.refresh(process)
    if process.box_closed_at is not None:
        raise BoxClosed
    if ends_at <= starts_at:
        raise WrongDates(
            gettext("The end must come after the beginning."),
            fields={"ends": gettext("The end must come after the beginning.")},
        )
    phase = _balloting(process)
    before = (phase.starts_at, phase.ends_at) if phase else None
    if phase is None:
        process.phases.append(Phase(kind="balloting", starts_at=starts_at, ends_at=ends_at))
    else:
        phase.starts_at, phase.ends_at = starts_at, ends_at
    db.session.flush()
    audit.record(actor, "process.dates", f"process:{process.id}", before=before, after=(starts_at, ends_at))


def set_who(actor: str, process: Process, who: rules.Who) -> None:
    """Say who may take part; once voting has begun it stays. Raises: BoxClosed, NotReady, WrongAge."""
    if process.box_closed_at is not None:
        raise BoxClosed
    if not 0 <= who.least_age <= OLDEST_LEAST_AGE:
        raise WrongAge(OLDEST_LEAST_AGE)
    before, after = process.who, str(who)
    if after == before:
        return
    if queries.stage_of(process) in (rules.Stage.OPEN, rules.Stage.CLOSED):
        raise NotReady(gettext("Voting has begun. Who may take part stays as residents have read it."))
    process.who = after
    db.session.flush()
    audit.record(actor, "process.who", f"process:{process.id}", before=before, after=after)


def publish(actor: str, process: Process) -> None:
    """Let residents know of the process. Raises: NotReady without dates."""
    if _balloting(process) is None:
        raise NotReady(gettext("Set the dates first: residents need to know until when they can vote."))
    if process.published_at is None:
        process.published_at = clock.now()
        db.session.flush()
        audit.record(actor, "process.publish", f"process:{process.id}")


def open_now(actor: str, process: Process) -> None:
    """Publish if need be, and take ballots from this instant on. Raises: NotReady, WrongDates, BoxClosed."""
    publish(actor, process)
    phase = _balloting(process)
    at = clock.now()
    if phase is None or phase.ends_at <= at:
        raise WrongDates(gettext("The voting period has ended. Set a later end first."))
    if phase.starts_at > at:
        set_dates(actor, process, at, phase.ends_at)


def close_now(actor: str, process: Process) -> None:
    """Take no ballot from this instant on. Raises: NotReady if voting has not begun, BoxClosed if already closed."""
    phase = _balloting(process)
    at = clock.now()
    if phase is None or process.published_at is None or phase.starts_at >= at:
        raise NotReady(
            gettext("Voting has not begun, so there is nothing to close. Change the dates instead.")
        )
    if phase.ends_at > at:
        set_dates(actor, process, phase.starts_at, max(at, phase.starts_at + timedelta(microseconds=1)))


def mark_box_closed(process: Process) -> None:
    """Note that the ballot box has been closed for good; called by the feature that keeps the box."""
    process.box_closed_at = clock.now()
    db.session.flush()
    audit.record("worker", "process.box_closed", f"process:{process.id}")


def publish_results(actor: str, process: Process) -> None:
    """Show the results to everyone. Raises: NotReady while the box stands open."""
    if process.box_closed_at is None:
        raise NotReady(gettext("The ballots are not counted yet. Wait a minute, then try again."))
    if process.results_at is None:
        process.results_at = clock.now()
        db.session.flush()
        audit.record(actor, "process.results", f"process:{process.id}")


def _balloting(process: Process) -> Phase | None:
    return next((phase for phase in process.phases if phase.kind == "balloting"), None)
