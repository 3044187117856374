"""The worker's part in mailings: begin those whose hour has come, hand on portions, note what became of them."""

from __future__ import annotations

import time

from app.core.db import db
from app.core.worker import Job
from app.mail import held
from app.readers import queries, watched
from app.readers.rules import State
from app.sending import automatic, copies

RUN_SECONDS = 20.0


def send() -> None:
    """Begin what is due, then a portion of each mailing under way in turn, for some seconds at most."""
    if held.is_all_held():
        return
    for number in queries.list_under_way(State.SCHEDULED):
        copies.begin(number)
        db.session.commit()
    until, is_moving = time.monotonic() + RUN_SECONDS, True
    while is_moving and time.monotonic() < until:
        is_moving = False
        for number in queries.list_under_way(State.SENDING):
            is_moving = bool(copies.hand_over(number)) or is_moving
            db.session.commit()


def settle() -> None:
    """Note what became of copies."""
    for number in queries.list_unsettled():
        copies.settle(number)
        db.session.commit()


def write() -> None:
    """Write what the site tells by itself."""
    if not held.is_all_held():
        automatic.write_due()
        db.session.commit()


def note_returns() -> None:
    """Note letters that came back after they were taken."""
    copies.note_returns()
    db.session.commit()


def forget() -> None:
    """Forget who opened mailings that ended long ago."""
    watched.forget_old()
    db.session.commit()


JOBS = (
    Job("forget who opened mailings", 3600.0, forget),
    Job("write letters of the site itself", 30.0, write, limit_seconds=900.0),
    Job("note letters that came back", 60.0, note_returns),
    Job("send mailings", 2.0, send, limit_seconds=900.0),
    Job("note what became of mailings", 5.0, settle),
)
"""Those that find out who gets a mailing have the time that it takes for very many."""
