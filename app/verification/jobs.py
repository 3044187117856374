"""The worker's part: ask the register about checks that wait; forget what is past its time."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.verification import service, settling


def forget() -> None:
    """Delete what is past its time."""
    service.delete_old()
    db.session.commit()


JOBS = (
    Job("forget old checks of the lists", 3600.0, forget),
    Job("ask the register about checks that wait", 1.0, settling.settle_waiting),
)
