"""Times of erasure and of retention: pure."""

from __future__ import annotations

from datetime import date, timedelta

SETTLE = timedelta(minutes=10)
"""Between the closing of an account and its erasure: what was in flight (a vote, a letter) has arrived or failed by then."""
FRESH = timedelta(minutes=15)
"""So new must a sign-in be for what cannot be undone."""
NOTICE = timedelta(days=30)
"""Between the first letter and the erasure of an account that nobody uses."""
REMINDER = timedelta(days=23)
"""Between the first letter and the second one, a week before the erasure."""
GRACE = timedelta(days=2)
"""So late may the worker be before the site says that data are kept too long (I8)."""


def months_before(day: date, months: int) -> date:
    """The day so many months before; of a month that is too short its 28th."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, min(day.day, 28))
