"""The worker's part: erase closed accounts, write to those whose account nobody uses, close it when its time is over."""

from __future__ import annotations

import logging

from app.core.db import db
from app.core.errors import Refusal
from app.core.worker import Job
from app.mail import held
from app.people import queries as people
from app.people import service as person_service
from app.privacy import queries, service, unused

log = logging.getLogger(__name__)


def erase() -> None:
    """Erase the closed accounts whose people asked for it, one by one."""
    for (
        person
    ) in people.list_deletion_wishes():  # wishes of the time when an administrator had to see to them
        try:
            service.close("worker", person)
        except Refusal:  # the last administrator
            db.session.rollback()
        db.session.commit()
    for person_id in queries.list_erasable():
        service.erase(person_service.get_person(person_id))
        db.session.commit()


def end_unused() -> None:
    """Tell, tell again, close. Where all mail is held nobody can be told, so nobody is erased."""
    if held.is_all_held():
        return
    for step in (unused.tell, unused.end):
        while step():
            db.session.commit()
    unused.remind()
    db.session.commit()


JOBS = (
    Job("erase closed accounts", 900.0, erase, limit_seconds=1800.0),
    Job("tell and close accounts that nobody uses", 6 * 3600.0, end_unused, limit_seconds=1800.0),
)
