"""Dates, sexes and identity numbers as registers write them, brought to one form: pure functions."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import lru_cache

from stdnum.es import dni, nie
from stdnum.exceptions import ValidationError

from app.core.spelling import normalized

KEPT = 50_000
"""Dates come again and again in a register: so many are remembered."""
OLDEST_YEARS = 125
_PUNCTUATION = re.compile(r"[\s.\-/·]+")
_NUMBER = re.compile(r"[A-Z0-9]{3,40}")
_DAY_FIRST = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})(?: 00?:00(?::00)?)?")
_YEAR_FIRST = re.compile(r"([0-9]{4})[/.\-]([0-9]{1,2})[/.\-]([0-9]{1,2})(?:[ T]00:00(?::00)?)?")
_DIGITS = re.compile(r"[0-9]{8}")
_SEXES = {
    "es": {"h": "m", "v": "m", "1": "m", "m": "f", "f": "f", "6": "f", "hombre": "m", "varon": "m", "mujer": "f"},
    "": {"m": "m", "f": "f", "x": "x", "male": "m", "female": "f", "masculin": "m", "feminin": "f", "1": "m", "2": "f"},
}  # fmt: skip


class Unreadable(ValueError):
    """A text that is no number, date or sex of any known form."""


class Unlikely(Unreadable):
    """A date of birth that no living resident has."""


def read_number(text: str, country: str) -> str:
    """An identity number in one form; spaces, dots and hyphens are forgiven. Spain: DNI or NIE with its letter.

    Raises: Unreadable.
    """
    compact = _PUNCTUATION.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not _NUMBER.fullmatch(compact):
        raise Unreadable
    if country == "es":
        padded = compact.zfill(9) if compact[:1].isdigit() else compact
        try:
            return str((nie if padded[:1] in ("X", "Y", "Z") else dni).validate(padded))
        except ValidationError as wrong:
            raise Unreadable from wrong
    return compact


@lru_cache(maxsize=KEPT)
def read_birth(text: str, on: date) -> tuple[date | None, int]:
    """Date and year of birth; the date is None where the register knows only the year (00/00/1950).

    Raises: Unreadable for a date that does not exist, Unlikely for one after `on` or more than 125 years before it.
    """
    year, month, day = _parts(text)
    if not on.year - OLDEST_YEARS <= year <= on.year:
        raise Unlikely
    if month == day == 0:
        return None, year
    try:
        born = date(year, month, day)
    except ValueError as wrong:
        raise Unreadable from wrong
    if born > on:
        raise Unlikely
    return born, year


@lru_cache(maxsize=KEPT)
def read_sex(text: str, country: str) -> str:
    """`f`, `m`, `x` or empty. In Spain M is a woman (mujer), elsewhere a man. Raises: Unreadable."""
    if not text:
        return ""
    try:
        return _SEXES["es" if country == "es" else ""][normalized(text)]
    except KeyError as unknown:
        raise Unreadable from unknown


def _parts(text: str) -> tuple[int, int, int]:
    """Year, month, day. Eight digits are read in the one order in which they are a year of this time and a month."""
    found = _DAY_FIRST.fullmatch(text)
    if found:
        return int(found[3]), int(found[2]), int(found[1])
    found = _YEAR_FIRST.fullmatch(text)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    if not _DIGITS.fullmatch(text) or not text.isascii():
        raise Unreadable
    if text[4:6] in ("18", "19", "20"):
        return int(text[4:]), int(text[2:4]), int(text[:2])
    return int(text[:4]), int(text[4:6]), int(text[6:])
