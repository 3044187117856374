"""The worker's part: forget codes that are over."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.paper_codes import service


def forget() -> None:
    """Delete what is past its time."""
    service.delete_old()
    db.session.commit()


JOBS = (Job("forget paper codes that are over", 3600.0, forget),)
