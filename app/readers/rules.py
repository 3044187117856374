"""Where a mailing stands, and what became of one of its readers, in one word each. Pure."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a mailing stands. `scheduled`: confirmed, and nothing has left; a pause is apart from it."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    DONE = "done"
    STOPPED = "stopped"


UNDER_WAY = (State.SCHEDULED, State.SENDING)


class Standing(StrEnum):
    """What became of one reader, in the order of a mailing's way."""

    CHOSEN = "chosen"
    NO_ADDRESS = "no-address"
    UNCONFIRMED = "unconfirmed"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no-consent"
    RECENT = "recent"
    HANDED = "handed"
    SENT = "sent"
    REFUSED = "refused"
    CAME_BACK = "came-back"
    COMPLAINED = "complained"
    STOPPED = "stopped"


LEFT_OUT = (
    Standing.NO_ADDRESS,
    Standing.UNCONFIRMED,
    Standing.SUPPRESSED,
    Standing.NO_CONSENT,
    Standing.RECENT,
)
"""Why somebody is not written to; the first that is so counts."""
OUTCOMES = ("sent", "unopened", "clicked", "back")
"""Readers by what became of their copy: it was taken; it was not opened; a link was followed; it came back."""
WATCHED = ("unopened", "clicked")
"""Those that only a watched mailing knows."""
