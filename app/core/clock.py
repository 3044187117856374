"""The one door to time. Instants are aware and in UTC; pages show them in the site's zone."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, in UTC, to the microsecond."""
    return datetime.now(UTC)
