"""The table of streets in words: which houses, and why a row cannot be taken."""

from __future__ import annotations

from flask_babel import gettext

from app.districts.rules import LAST, Range
from app.districts.service import Reject


def houses(one: Range) -> str:
    """Which houses of the street it means."""
    side = {"both": "", "odd": gettext("odd numbers"), "even": gettext("even numbers")}[one.side]
    if one.first == 0 and one.last == LAST:
        return side or gettext("the whole street")
    if one.last == LAST:
        span = gettext("from No. %(first)s on", first=one.first)
    else:
        span = gettext("No. %(first)s to %(last)s", first=one.first, last=one.last)
    return f"{span}, {side}" if side else span


def reasons(reject: Reject) -> list[str]:
    """Every fault of a row."""
    said = {
        "street": gettext("The street is missing or too long."),
        "district": gettext("The district is missing or too long."),
        "from": gettext("The first number is not a number of at most four digits."),
        "to": gettext("The last number is not a number of at most four digits."),
        "order": gettext("The first number is greater than the last."),
        "side": gettext("The side is neither odd nor even, nor both."),
        "clash": gettext("Line %(line)s puts some of these houses into another district.", line=reject.clash),
    }
    return [said[name] for name in reject.faults]
