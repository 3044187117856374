"""Reads: is it on, and where does a link lead."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.watching.models import Watch, WatchedLink


def is_on() -> bool:
    """Whether mailings that begin now are watched."""
    return bool(db.session.scalar(select(Watch.is_on).order_by(Watch.id.desc()).limit(1)))


def get_target(mailing_id: int, number: int) -> str:
    """Where a link leads, as its mailing was written. Raises: NotFound."""
    found = db.session.get(WatchedLink, (mailing_id, number))
    if found is None:
        raise NotFound
    return found.url
