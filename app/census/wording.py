"""The census in words: sources, ways to know a person again, what is kept of one."""

from __future__ import annotations

from babel import Locale
from babel.core import UnknownLocaleError
from flask_babel import gettext

from app.core import languages


def source_name(source: str) -> str:
    """Where a list comes from."""
    return sources()[source]


def sources() -> dict[str, str]:
    """All sources, in the order of the form."""
    return {
        "electoral_roll": gettext("Electoral roll"),
        "padron": gettext("Padrón"),
        "register": gettext("Register of participants"),
        "desk": gettext("Desk of the council"),
    }


def identity_name(identity: str) -> str:
    """By what a person is known again."""
    return identities()[identity]


def identities() -> dict[str, str]:
    """All ways to know a person again."""
    return {
        "number": gettext("Identity number"),
        "civil-status": gettext("Civil status: names, birth and place of birth"),
    }


def sex_name(sex: str) -> str:
    """Sex as the census has it."""
    return {"f": gettext("women"), "m": gettext("men"), "x": gettext("another sex")}.get(
        sex, gettext("sex not stated")
    )


def language_name(code: str) -> str:
    """A language in the language of the page; its code where nobody knows it."""
    try:
        return Locale(code).get_language_name(languages.current()) or code
    except (UnknownLocaleError, ValueError):
        return code


def district_name(district: str) -> str:
    """A district, or that there is none."""
    return district or gettext("no district")
