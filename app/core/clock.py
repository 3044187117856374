"""The one door to time. Instants are aware and in UTC; pages show them in the site's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import current_app


def now() -> datetime:
    """This instant, in UTC, to the microsecond."""
    return datetime.now(UTC)


def local(at: datetime) -> datetime:
    """The same instant on the clocks of the town."""
    return at.astimezone(ZoneInfo(current_app.config["CIVIC"].time_zone))


def today() -> date:
    """The day that it is now in the town."""
    return local(now()).date()
