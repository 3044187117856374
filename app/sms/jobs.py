"""The worker's jobs for SMS."""

from __future__ import annotations

from flask import current_app

from app.core.worker import Job
from app.sms import adapters, sending


def forget() -> None:
    """Delete what is past its time."""
    adapters.delete_old_files(current_app.config["CIVIC"])


JOBS = (
    Job("send SMS", 2.0, sending.send_due, limit_seconds=300.0),
    Job("forget SMS in files", 3600.0, forget),
)
