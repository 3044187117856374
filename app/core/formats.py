"""Money and moments as residents read them, in the language of the page."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_time, format_timedelta, get_timezone_location
from babel.numbers import format_currency, format_decimal, get_currency_precision
from flask import current_app
from flask_babel import gettext

from app.core import clock, languages


def format_money(cents: int, currency: str = "EUR") -> str:
    """`123400000` → "€1,234,000" or "1 234 000 €": hundredths of the currency; whole amounts without decimals."""
    return _money(cents, currency, languages.current())


@lru_cache(maxsize=4096)
def _money(cents: int, currency: str, lang: str) -> str:
    precision = get_currency_precision(currency) if cents % 100 else 0
    decimals = "." + "0" * precision if precision else ""
    locale = Locale(lang)
    pattern = locale.currency_formats["standard"].pattern.replace(".00", decimals)
    amount = Decimal(cents) / 100
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def format_when(moment: datetime, with_zone: bool = True) -> str:
    """An instant (aware) as "Thursday 8 October 2026, 18:00 (Paris time)" in the site's time zone.

    Raises:
        ValueError: for a moment without a time zone, which would be a different hour for different people.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment shown to people needs a time zone")
    text = _when(clock.local(moment), languages.current())
    zone = current_app.config["CIVIC"].time_zone
    return f"{text} ({_say_zone(zone, languages.current())})" if with_zone else text


def format_day(day: date, with_year: bool = True) -> str:
    """A day as "8 October 2026", or, where the year is plain, as "8 October"."""
    lang = languages.current()
    pattern = _PLAIN_DAY.get(lang, "long") if with_year else _DAY_OF_YEAR.get(lang, "d MMMM")
    return _first_of_a_month(format_date(day, pattern, locale=lang), day, lang)


def format_number(number: int) -> str:
    """`12345` → "12,345" or "12 345"."""
    return format_decimal(number, locale=languages.current())


def format_duration(seconds: float) -> str:
    """`74` → "74 seconds", `7300` → "2 hours": one unit, the largest of which there are at least two."""
    return format_timedelta(timedelta(seconds=seconds), threshold=2, locale=languages.current())


@lru_cache(maxsize=16)
def _say_zone(zone: str, lang: str) -> str:
    return gettext("%(city)s time", city=get_timezone_location(ZoneInfo(zone), locale=lang, return_city=True))


@lru_cache(maxsize=1024)
def _when(local: datetime, lang: str) -> str:
    day = format_date(local, _DAY.get(lang, "full"), locale=lang)
    return f"{_first_of_a_month(day, local, lang)}, {format_time(local, 'HH:mm', tzinfo=local.tzinfo, locale=lang)}"


def _first_of_a_month(text: str, day: date, lang: str) -> str:
    return text.replace("1 ", "1er ", 1) if lang == "fr" and day.day == 1 else text


# Babel's English "full" is American; our English is the one of the pages: day before month.
_DAY = {"en": "EEEE d MMMM y", "fr": "EEEE d MMMM y", "es": "EEEE d 'de' MMMM 'de' y"}
_PLAIN_DAY = {"en": "d MMMM y"}
_DAY_OF_YEAR = {"es": "d 'de' MMMM"}
