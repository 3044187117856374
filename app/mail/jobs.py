"""The worker's jobs for the outbox: deliver what waits, forget what left long ago."""

from __future__ import annotations

from app.core.db import db
from app.core.worker import Job
from app.mail import delivery, outbox, suppression


def _forget() -> None:
    outbox.delete_old()
    suppression.forget_old()
    db.session.commit()


JOBS = (
    Job("deliver codes", 0.5, delivery.deliver_codes, goes_on=True, begin=delivery.take_over),
    Job("deliver letters", 0.5, delivery.deliver, 900.0, goes_on=True),
    Job("forget old letters", 3600.0, _forget),
)
