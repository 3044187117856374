"""The worker's part: remind delegates of the renewal, forget files that nobody took over."""

from __future__ import annotations

from app.associations import service
from app.core import clock
from app.core.db import db
from app.core.worker import Job


def remind() -> None:
    """Write what is to be written today."""
    service.remind(clock.today())
    db.session.commit()


def forget() -> None:
    """Delete what is past its time."""
    service.delete_old()
    db.session.commit()


JOBS = (
    Job("remind associations of their renewal", 3600.0, remind),
    Job("forget files of associations that nobody took over", 3600.0, forget),
)
