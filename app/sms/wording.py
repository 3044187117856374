"""SMS in words, in the language of the page."""

from __future__ import annotations

from collections import Counter

from flask_babel import gettext, ngettext

from app.sms.models import Sms
from app.sms.rules import Length, Standing


def say_standing(standing: str) -> str:
    """What became of a message, or why somebody gets none."""
    return {
        Standing.WAITING: gettext("wait to leave"),
        Standing.SENT: gettext("taken by the provider"),
        Standing.REFUSED: gettext("refused by the provider"),
        Standing.TOO_LATE: gettext("not sent: the provider was away for a day"),
        Standing.NO_CONSENT: gettext("not sent: no consent any more"),
        Standing.NO_NUMBER: gettext("not sent: no number any more"),
        Standing.STOPPED: gettext("not sent: they were stopped"),
        "by-email": gettext("are reached by e-mail"),
        "no-number": gettext("have no telephone number here that takes SMS"),
        "no-consent": gettext("did not say yes to SMS"),
        "same-number": gettext("share a number with somebody who gets it"),
    }[standing]


def rows_of(sms: Sms, tally: Counter[str]) -> list[tuple[str, int]]:
    """The way of a text in numbers: what each part is, and its number."""
    chosen = tally.total()
    return [
        (gettext("in the segment"), chosen + sum(sms.left_out.values())),
        (gettext("may get an SMS"), chosen),
        (gettext("taken by the provider"), tally[Standing.SENT]),
    ]


def say_length(length: Length) -> str:
    """How long a message is, and why."""
    parts = ngettext("%(num)s SMS for each reader", "%(num)s SMS for each reader", length.parts)
    if not length.is_wide:
        return parts
    return gettext(
        "%(parts)s, because some of its signs need more room (such as í, ó or ê, or a picture)",
        parts=parts,
    )
