"""The worker's part in the census: the end of lists whose time is over."""

from __future__ import annotations

from app.census import queries, retention
from app.census.errors import ImportRunning, ListInUse
from app.core.db import db
from app.core.worker import Job


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


JOBS = (Job("delete census lists whose time is over", 3600.0, end_lists, limit_seconds=900.0),)
