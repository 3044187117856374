"""The worker's part: forget failed checks and answered requests after their time."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.verification import service


def forget() -> None:
    """Delete what is past its time."""
    service.delete_old()
    db.session.commit()


JOBS = (Job("forget old checks of the lists", 3600.0, forget),)
