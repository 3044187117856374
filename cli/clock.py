"""The CLI's one door to the time of day."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)


def stamp() -> str:
    """This instant as a part of file names: `20260131T235959Z`."""
    return now().strftime("%Y%m%dT%H%M%SZ")
