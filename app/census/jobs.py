"""The worker's part in the census: forget files that were compared with a list and never decided on."""

from __future__ import annotations

from app.census import service
from app.core.db import db
from app.core.worker import Job


def _forget() -> None:
    service.delete_old()
    db.session.commit()


JOBS = (Job("forget census imports that nobody decided on", 3600.0, _forget),)
