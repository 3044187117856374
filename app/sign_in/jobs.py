"""What the worker does for signing in: forget codes, links and sessions that are past."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core import clock
from app.core.db import db
from app.core.worker import Job
from app.sign_in import sessions
from app.sign_in.models import OneTimeLink, SignInCode


def _forget() -> None:
    past = clock.now() - timedelta(days=1)
    db.session.execute(delete(SignInCode).where(SignInCode.expires_at < past))
    db.session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < past))
    sessions.delete_ended()
    db.session.commit()


JOBS = (Job("forget codes and sessions that are past", 3600.0, _forget),)
