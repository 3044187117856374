"""Reads: is a kind of letter written, and since when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.automatic_letters.models import Switch
from app.automatic_letters.rules import Kind
from app.core import clock
from app.core.db import db

FRESH = timedelta(days=2)
"""So long something is news where nobody has touched the switch: a site that is new tells nothing of its past."""


def is_on(kind: Kind) -> bool:
    """Whether letters of this kind are written."""
    row = db.session.get(Switch, kind)
    return row is None or row.is_on


def find_since(kind: Kind) -> datetime | None:
    """From when on what happens is told; None while the kind is off."""
    row = db.session.get(Switch, kind)
    if row is None:
        return clock.now() - FRESH
    return row.changed_at if row.is_on else None


def list_off() -> set[str]:
    """The kinds that are switched off."""
    return set(db.session.scalars(select(Switch.kind).where(Switch.is_on.is_(False))))
