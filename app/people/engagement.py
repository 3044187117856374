"""How engaged somebody is: a published formula over the activity log, for officers only and never shown beside a name in public.

inactive: nothing in a year · reader: signed in or began something · supporter: took part in a process ·
driver: took part in at least three processes, the last time within half a year.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

KINDS = ("registered", "signed_in", "began", "voted")
"""What the activity log knows today, in the order in which people come to it."""
TAKING_PART = ("voted",)
"""Kinds by which somebody has taken part in a process, whatever the channel."""
WITHIN = timedelta(days=365)
RECENTLY = timedelta(days=180)
DRIVER_PROCESSES = 3


class Engagement(StrEnum):
    """The levels, the lowest first."""

    INACTIVE = "inactive"
    READER = "reader"
    SUPPORTER = "supporter"
    DRIVER = "driver"


class Deed(NamedTuple):
    """A row of the activity log: what kind of thing, in which process (0: in none), on which day."""

    kind: str
    process_id: int
    on: date


def engagement(deeds: Iterable[Deed], today: date) -> Engagement:
    """The level of somebody who did these things."""
    recent = [deed for deed in deeds if today - WITHIN <= deed.on <= today]
    parts = [deed for deed in recent if deed.kind in TAKING_PART]
    processes = {deed.process_id for deed in parts}
    if len(processes) >= DRIVER_PROCESSES and max(deed.on for deed in parts) >= today - RECENTLY:
        return Engagement.DRIVER
    if parts:
        return Engagement.SUPPORTER
    return Engagement.READER if recent else Engagement.INACTIVE
