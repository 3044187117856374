"""Associations in words: themes, sizes, how alive they are, where they stand, the columns of their file."""

from __future__ import annotations

from flask_babel import gettext

from app.associations.rules import BANDS, Standing, State, Vitality
from app.core.formats import format_number


def themes() -> dict[str, str]:
    """What associations are about, in the order of the form."""
    return {
        "culture": gettext("Culture and arts"),
        "sport": gettext("Sport and games"),
        "nature": gettext("Nature and gardens"),
        "solidarity": gettext("Solidarity and help"),
        "education": gettext("Children, school and learning"),
        "health": gettext("Health and disability"),
        "neighbourhood": gettext("Neighbourhood and festivities"),
        "memory": gettext("History and memory"),
        "work": gettext("Work and trade"),
        "other": gettext("Something else"),
    }


def vitalities() -> dict[str, str]:
    """How alive an association is."""
    return {
        Vitality.LIVELY: gettext("Lively here"),
        Vitality.QUIET: gettext("Quiet here"),
        Vitality.OVERDUE: gettext("Renewal overdue"),
        Vitality.DORMANT: gettext("Dormant"),
    }


def tone(vitality: str) -> str:
    """The tone of its tag."""
    return {"lively": "open", "quiet": "", "overdue": "soon"}.get(vitality, "quiet")


def state_name(state: str) -> str:
    """Where an association stands with the council."""
    return {
        State.APPLIED: gettext("Waiting for the council"),
        State.REFUSED: gettext("Not registered"),
        State.REGISTERED: gettext("Registered"),
        State.ENDED: gettext("Taken off the register"),
    }[State(state)]


def standing_name(standing: str) -> str:
    """What a person is in an association."""
    return {
        Standing.ASKED: gettext("asks to be a member"),
        Standing.MEMBER: gettext("member"),
        Standing.DELEGATE: gettext("delegate"),
    }[Standing(standing)]


def sizes() -> dict[str, str]:
    """The size bands, the smallest first, and what is not told."""
    least, found = 0, {}
    for place, most in enumerate(BANDS):
        found[str(place)] = gettext("%(least)s to %(most)s members", least=least, most=most)
        least = most + 1
    found[str(len(BANDS))] = gettext("more than %(most)s members", most=format_number(BANDS[-1]))
    return found | {"": gettext("not told")}


def columns() -> dict[str, str]:
    """The columns of the file of the register."""
    return {
        "reference": gettext("Reference"),
        "name": gettext("Name"),
        "number": gettext("Registration number"),
        "theme": gettext("Theme"),
        "district": gettext("District"),
        "purpose": gettext("Purpose"),
        "statutes_on": gettext("Date of the statutes"),
        "size": gettext("Members"),
        "email": gettext("E-mail"),
        "phone": gettext("Telephone"),
        "website": gettext("Website"),
        "due_on": gettext("Renewal due on"),
    }
