"""What the site knows about itself, for `civic status` and `civic doctor`: numbers and truths, no names and no addresses."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click
from sqlalchemy import func, select

from app.ballots import keeping
from app.ballots import queries as ballots
from app.census import retention
from app.core import audit, clock, schema, worker
from app.core.db import db
from app.mail import outbox
from app.mail import queries as mail
from app.mail.outbox import OutboxMessage
from app.mail.queries import LaneStanding
from app.people import queries as people
from app.privacy import queries as privacy
from app.privacy import unused
from app.privacy.rules import GRACE
from app.processes import queries as processes
from app.readers import queries as mailings
from app.sms import queries as sms
from app.version import __version__


@click.command()
def facts() -> None:
    """Say how the site stands: version, schema, people, processes, letters, worker, invariants."""
    click.echo(json.dumps(gather()))


def gather() -> dict[str, Any]:
    """The facts; ages are in seconds, None: never.

    Of letters, `failed` are those that a mail server refused for good; `overdue` is the age of the oldest that nobody meant to
    wait: a mailing that leaves at its pace is meant to.
    """
    every = processes.list_processes(published=False)
    return {
        "version": __version__,
        "schema": schema.current(db.session.connection()),
        "people": people.count_people(),
        "processes": _count_stages(every),
        "unreadable_votes": len(keeping.list_unreadable()),
        "open": [one.slug for one in every if processes.takes_ballots(one)],
        "outbox": _letters(),
        "sms": _sms(),
        "mailings": mailings.count_under_way(),
        "worker": {"beat_age_seconds": worker.find_beat_age()},
        "invariants": _invariants([one.id for one in every]),
    }


def _count_stages(every: list[Any]) -> dict[str, int]:
    stages = [str(processes.stage_of(one)) for one in every]
    return {stage: stages.count(stage) for stage in sorted(set(stages))}


def _letters() -> dict[str, Any]:
    standing, now = mail.read_standing(), clock.now()
    return {
        **{name: standing.sum_of(name) for name in ("waiting", "held", "sent", "failed")},
        "oldest_waiting_seconds": _age(standing.oldest_due_at, now) or 0,
        "overdue_seconds": _age(standing.find_overdue_since(now), now) or 0,
        "server_away_seconds": _age(standing.away_since, now),
        "lanes": {name.name.lower(): _lane(lane, now) for name, lane in standing.lanes.items()},
    }


def _lane(lane: LaneStanding, now: datetime) -> dict[str, int]:
    counted = ("waiting", "leased", "paused", "sent_today", "failed")
    return {
        **{name: getattr(lane, name) for name in counted},
        "oldest_waiting_seconds": _age(lane.oldest_due_at, now) or 0,
    }


def _sms() -> dict[str, int]:
    number, since = sms.read_waiting()
    return {"waiting": number, "oldest_waiting_seconds": _age(since, clock.now()) or 0}


def _age(since: datetime | None, now: datetime) -> int | None:
    return int((now - since).total_seconds()) if since else None


def _invariants(process_ids: list[int]) -> dict[str, bool]:
    counts = [ballots.count(number) for number in process_ids]
    stuck = db.session.scalar(
        select(func.count())
        .select_from(OutboxMessage)
        .where(OutboxMessage.state == "sending", OutboxMessage.lease_until < clock.now() - outbox.LEASE)
    )
    return {
        "I1 roll = hopper + box": all(one.roll == one.hopper + one.box for one in counts),
        "I4 no letter is stuck": not stuck,
        "I7 the chain of acts is whole": audit.find_break() is None,
        "I8 nothing is kept beyond its time": not _count_overdue(),
    }


def _count_overdue() -> int:
    """What is kept beyond its time: of people who asked to be erased, or whose account nobody uses; letters; census lists."""
    return privacy.count_overdue() + unused.count_overdue() + len(retention.list_over(GRACE))
