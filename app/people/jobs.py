"""The worker's part in people: whoever was there before officers could search is made findable."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.people import search


def _fill() -> None:
    after: int | None = 0
    while after is not None:
        after = search.fill(after)
        db.session.commit()


JOBS = (Job("make people findable", 3600.0, _fill, limit_seconds=1800.0),)
