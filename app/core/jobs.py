"""The worker's job that belongs to no feature: forget what is past."""

from __future__ import annotations

from app.core import throttle
from app.core.db import db
from app.core.worker import Job


def _forget() -> None:
    throttle.delete_old()
    db.session.commit()


JOBS = (Job("forget old counts", 3600.0, _forget),)
