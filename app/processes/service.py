"""Use cases of officers: make a process, write its texts, set its dates, open, close, publish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select

from app.census import queries as census
from app.core import audit, clock, formats
from app.core.db import db
from app.processes import queries, rules
from app.processes.errors import BoxClosed, NotReady, WrongDates, WrongWho
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
    is_longer = process.published_at is not None and phase is not None and ends_at > phase.ends_at
    if is_longer and (fault := _list_fault(process, ends_at)):
        raise WrongDates(fault, fields={"ends": fault})
    before = (phase.starts_at, phase.ends_at) if phase else None
    if phase is None:
        process.phases.append(Phase(kind="balloting", starts_at=starts_at, ends_at=ends_at))
    else:
        phase.starts_at, phase.ends_at = starts_at, ends_at
    db.session.flush()
    audit.record(actor, "process.dates", f"process:{process.id}", before=before, after=(starts_at, ends_at))


def with_list(who: rules.Who, *, by_list: bool) -> rules.Who:
    """The same with the census list by which people are known: the one named, or the only one; 0 where it has to be chosen."""
    names = census.list_names() if by_list else {}
    chosen = who.list_id or (next(iter(names)) if len(names) == 1 else 0)
    return replace(who, list_id=chosen if chosen in names else 0)


def set_who(actor: str, process: Process, who: rules.Who, *, by_list: bool = False) -> None:
    """Say who may take part; once voting has begun it stays. `by_list`: one census list has to be named.

    Raises: BoxClosed, NotReady, WrongWho.
    """
    if process.box_closed_at is not None:
        raise BoxClosed
    before, after, faults = process.who, str(who), _faults_of(who, by_list)
    if after == before and not faults:
        return
    if queries.stage_of(process) in (rules.Stage.OPEN, rules.Stage.CLOSED):
        raise NotReady(gettext("Voting has begun. Who may take part stays as residents have read it."))
    if faults:
        raise WrongWho(fields=faults)
    process.who = after
    db.session.flush()
    audit.record(actor, "process.who", f"process:{process.id}", before=before, after=after)


def publish(actor: str, process: Process) -> None:
    """Let residents know of the process.

    Raises: NotReady without dates, without the census list by which voters are known, or with one whose time is over before.
    """
    phase = _balloting(process)
    if phase is None:
        raise NotReady(gettext("Set the dates first: residents need to know until when they can vote."))
    if fault := _list_fault(process, phase.ends_at):
        raise NotReady(fault)
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


def _faults_of(who: rules.Who, by_list: bool) -> dict[str, str]:
    faults = {}
    if not 0 <= who.least_age <= OLDEST_LEAST_AGE:
        faults["age"] = gettext("Enter an age from 0 to %(most)s, or nothing.", most=OLDEST_LEAST_AGE)
    if by_list and not who.list_id:
        faults["list"] = (
            gettext("Choose the census list by which voters are known.")
            if census.list_names()
            else gettext("There is no census list yet by which voters could be known. Add one first.")
        )
    return faults


def _balloting(process: Process) -> Phase | None:
    return next((phase for phase in process.phases if phase.kind == "balloting"), None)


def _list_fault(process: Process, ends_at: datetime) -> str:
    """What is wrong with the census list by which the voters of a vote until then are known; empty for nothing."""
    who = process.who_may_vote
    if not (who.on_list or who.list_id):
        return ""
    last = census.list_days().get(who.list_id)
    if last is None:
        return gettext(
            "Say first by which census list voters are known: none was chosen, or it is there no longer."
        )
    if last < clock.local(ends_at).date():
        return gettext(
            "The census list by which voters are known may be used until %(day)s, and the vote ends later. "
            "Keep the list longer on its page, or let the vote end by then.",
            day=formats.format_day(last),
        )
    return ""
