"""The worker's jobs for what comes back."""

from __future__ import annotations

from app.bounces import taking
from app.core.worker import Job

JOBS = (
    Job("take bounces from the folder", 5.0, taking.take_from_folder),
    Job("take bounces from the mailbox", 60.0, taking.take_from_mailbox),
)
