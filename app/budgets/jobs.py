"""The worker's part in budgets: close boxes whose time is over, count them, remind of ballots begun."""

from __future__ import annotations

import logging
from datetime import timedelta

from app.ballots import keeping
from app.ballots.errors import BoxInUse
from app.budgets import service
from app.core import clock
from app.core.db import db
from app.core.worker import Job
from app.processes import queries as processes
from app.processes.models import Process
from app.processes.rules import find_balloting

log = logging.getLogger(__name__)
REMIND_BEFORE = timedelta(days=2)


def close_and_count() -> None:
    """Close the boxes of processes whose voting has ended, then count what is closed and not counted."""
    for process_id in processes.list_overdue():
        try:
            keeping.close_box(db.session.get_one(Process, process_id))
            db.session.commit()
        except BoxInUse:
            db.session.rollback()
            log.info(
                "a backup reads the ballots of process %d: its box is closed as soon as that is done",
                process_id,
            )
    service.count_closed()
    db.session.commit()


def remind() -> None:
    """In the last two days of voting, write to those who began a ballot and did not confirm it."""
    now = clock.now()
    for process_id in processes.list_box_open():
        process = db.session.get_one(Process, process_id)
        balloting = find_balloting(process.spans)
        if balloting and balloting.contains(now) and balloting.ends_at - now <= REMIND_BEFORE:
            service.remind(process)
        db.session.commit()


JOBS = (
    Job("close boxes and count them", 5.0, close_and_count, limit_seconds=900.0),
    Job("remind of ballots begun", 300.0, remind),
)
