"""The worker's jobs that belong to no feature: deliver letters, forget what is past."""

from __future__ import annotations

from app.core import delivery, outbox, throttle
from app.core.db import db
from app.core.worker import Job


def _forget() -> None:
    outbox.delete_old()
    throttle.delete_old()
    db.session.commit()


JOBS = (
    Job("deliver codes", 0.5, delivery.deliver_codes, goes_on=True),
    Job("deliver letters", 0.5, delivery.deliver, goes_on=True),
    Job("forget old letters and counts", 3600.0, _forget),
)
