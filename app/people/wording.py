"""What people did, and how engaged they are, in words."""

from __future__ import annotations

from flask_babel import gettext

from app.people.engagement import DRIVER_PROCESSES, RECENTLY, WITHIN


def kind_name(kind: str) -> str:
    """A kind of activity as a line of somebody's log."""
    return {
        "registered": gettext("opened the account"),
        "signed_in": gettext("signed in"),
        "began": gettext("began a ballot"),
        "voted": gettext("voted"),
    }.get(kind, kind)


def engagement_name(level: str) -> str:
    """A level of engagement."""
    return {
        "inactive": gettext("inactive"),
        "reader": gettext("reader"),
        "supporter": gettext("supporter"),
        "driver": gettext("driver"),
    }[level]


def formula() -> str:
    """The engagement formula in words, for officers and for everybody."""
    return gettext(
        "Inactive: nothing in the last %(year)s days. Reader: signed in or began a ballot. Supporter: took part in a process. "
        "Driver: took part in at least %(processes)s processes, the last time within %(recently)s days. The level is for the "
        "council's officers; it is never shown in public and gives nobody more or less of a say.",
        year=WITHIN.days,
        processes=DRIVER_PROCESSES,
        recently=RECENTLY.days,
    )
