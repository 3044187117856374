"""The worker's job for SMS."""

from __future__ import annotations

from app.core.worker import Job
from app.sms import sending

JOBS = (Job("send SMS", 2.0, sending.send_due, limit_seconds=300.0),)
