"""Money and moments as residents read them, in the language of the page."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_date, format_time
from babel.numbers import format_currency, get_currency_precision
from flask_babel import get_locale, get_timezone


def format_money(cents: int, currency: str = "EUR") -> str:
    """`123400000` → "€1,234,000" or "1 234 000 €": hundredths of the currency; whole amounts without decimals."""
    amount = Decimal(cents) / 100
    is_whole = cents % 100 == 0
    precision = 0 if is_whole else get_currency_precision(currency)
    locale = _locale()
    pattern = locale.currency_formats["standard"].pattern.replace(
        ".00", "." + "0" * precision if precision else ""
    )
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def format_when(moment: datetime, with_zone: bool = True) -> str:
    """An instant (aware) as "Thursday 8 October 2026, 18:00 (Europe/Paris)" in the site's time zone.

    Raises:
        ValueError: for a moment without a time zone, which would be a different hour for different people.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment shown to people needs a time zone")
    zone = get_timezone()
    local = moment.astimezone(zone)
    locale = _locale()
    day = format_date(local, _DAY.get(locale.language, "full"), locale=locale)
    hour = format_time(local, "HH:mm", tzinfo=zone, locale=locale)
    return f"{day}, {hour} ({zone})" if with_zone else f"{day}, {hour}"


# Babel's English "full" is American; our English is the one of the pages: day before month.
_DAY = {"en": "EEEE d MMMM y", "fr": "EEEE d MMMM y", "es": "EEEE d 'de' MMMM 'de' y"}


def _locale() -> Locale:
    return get_locale() or Locale("en")
