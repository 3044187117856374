"""Processes that take ballots, and people who cast them, for tests that are about something else."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from app.ballots import service as ballots
from app.core import clock
from app.core.db import db
from app.people import service as people
from app.processes import queries, service
from app.processes.models import Process

KEY = bytes(range(32))


def open_process(slug_from: str = "A street for children") -> Process:
    """A published process whose balloting began an hour ago and ends in a day; inside an app context."""
    process = service.create("shell", "budget", {"en": slug_from}, "EUR")
    now = clock.now()
    service.set_dates("shell", process, now - timedelta(hours=1), now + timedelta(days=1))
    service.publish("shell", process)
    db.session.commit()
    return process


def make_people(number: int, start: int = 0) -> list[int]:
    """Ids of new people; inside an app context."""
    found = [people.ensure_person(f"voter{start + at}@example.org", "en").id for at in range(number)]
    db.session.commit()
    return found


def key_of(person_id: int) -> bytes:
    """The key of a browser that only this person uses."""
    return person_id.to_bytes(32, "big")


def vote(process: Process, person_id: int, choices: str, key: bytes | None = None) -> ballots.Confirmation:
    """One vote in one transaction, committed."""
    key = key or key_of(person_id)
    _, is_new = ballots.enter_roll(process.slug, person_id)
    if is_new:
        made = ballots.cast(process, person_id, choices, key)
    else:
        db.session.rollback()
        found = ballots.find_confirmation(process.id, person_id, key)
        assert found is not None
        made = found
    db.session.commit()
    return made


def end_now(app: Flask, slug: str) -> None:
    """Close the voting of that process; inside an app context."""
    service.close_now("shell", queries.get_process(slug))
    db.session.commit()
