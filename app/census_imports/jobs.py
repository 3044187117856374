"""The worker's part in imports: read the files of officers, carry out what they decided, forget what nobody did."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from app.census.errors import ImportRunning
from app.census_imports import arrival, deposit, queries, service
from app.census_imports.errors import ImportFailed
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


JOBS = (
    Job("forget census imports that nobody decided on", 3600.0, forget),
    Job("read census files and carry out what was decided", 1.0, carry_on, limit_seconds=3600.0),
)
