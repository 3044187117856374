"""The worker's part in the census: read the files of officers, carry out what they decided, forget what nobody did."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from app.census import arrival, deposit, queries, retention, service
from app.census.errors import ImportFailed, ImportRunning, ListInUse
from app.core.db import db
from app.core.errors import Refusal
from app.core.worker import Job

log = logging.getLogger(__name__)


def carry_on() -> None:
    """Bring on each import that waits, the oldest first. Rows are committed batch by batch: a list is read long."""
    while (number := queries.find_wanted()) is not None:
        bringing = queries.get_import(number)
        try:
            arrival.carry_on(bringing, db.session.commit)
        except ImportRunning:
            db.session.rollback()
            return
        except Refusal as refusal:
            db.session.rollback()
            arrival.refuse(bringing, refusal)
        except OperationalError:  # the database is away or busy: later
            raise
        except Exception:
            db.session.rollback()
            log.exception("a census import failed: %d", number)
            arrival.refuse(bringing, ImportFailed())  # or it would hold up all that come after it
        db.session.commit()
        deposit.drop(number)


def forget() -> None:
    """Forget what was compared with a list and never decided on, and files whose import is gone."""
    service.delete_old()
    db.session.commit()
    for number in deposit.list_kept() - queries.list_with_file():
        deposit.drop(number)


def end_lists() -> None:
    """Delete the lists whose last day has passed, and tell staff of those that come next."""
    for number in retention.list_over():
        try:
            retention.delete_list("worker", queries.get_list(number))
        except (ImportRunning, ListInUse):
            db.session.rollback()
            continue
        db.session.commit()
    retention.tell()
    db.session.commit()


JOBS = (
    Job("forget census imports that nobody decided on", 3600.0, forget),
    Job("read census files and carry out what was decided", 1.0, carry_on, limit_seconds=3600.0),
    Job("delete census lists whose time is over", 3600.0, end_lists, limit_seconds=900.0),
)
