"""Reasons why an address is not written to, in the language of the page."""

from __future__ import annotations

from flask_babel import gettext


def reasons() -> dict[str, str]:
    """Every reason, in the order of the page."""
    return {
        "hard": gettext("There is no such mailbox"),
        "soft": gettext("Letters came back three times"),
        "complaint": gettext("The reader reported a letter as unwanted"),
        "hand": gettext("Written down by an officer"),
    }


def reason_name(reason: str) -> str:
    """One reason."""
    return reasons()[reason]
