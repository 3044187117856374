"""The shape of an officer's forms: the days of a vote, and who may take part."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from app.core.forms import day_fields
from app.processes.errors import WrongDates, WrongWho
from app.processes.rules import Span, Who

Form = MultiDict[str, str]
_NUMBER = re.compile(r"[0-9]{1,9}")
_HOUR = re.compile(r"\s*([0-9]{1,2})\s*(?:[h:]\s*([0-9]{2})?)?\s*", re.IGNORECASE)
_SEGMENT = re.compile(r"segment:[0-9]{1,9}:[0-9]{1,9}")


def dates_of(span: Span | None, zone: str) -> dict[str, str]:
    """The fields of the dates form for a phase, in the site's zone; without a phase only hours are filled in."""
    if span is None:
        return {"begins-hour": "09:00", "ends-hour": "18:00"}
    values: dict[str, str] = {}
    for name, moment in (("begins", span.starts_at), ("ends", span.ends_at)):
        local = moment.astimezone(ZoneInfo(zone))
        values |= {**day_fields(name, local), f"{name}-hour": local.strftime("%H:%M")}
    return values


def read_date(form: Form, name: str, zone: str) -> datetime:
    """An instant from day, month, year and hour (`18:30`, `18 h 30`, `18h`, `18`) in the site's zone.

    Raises: WrongDates, with the sentence beside the field. An hour that the change of clocks skips is refused too.
    """
    try:
        day, month, year = (int(form.get(f"{name}-{part}", "").strip()) for part in ("day", "month", "year"))
        hour, minute = _hour(form.get(f"{name}-hour", ""))
        moment = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
    except (ValueError, OverflowError):
        sentence = gettext("Enter a day, month and year that exist, and an hour such as 18:00.")
        raise WrongDates(sentence, fields={name: sentence}) from None
    if not 2000 <= year <= 2200 or not _exists(moment):
        sentence = gettext("This hour does not exist on that day. Choose another one.")
        raise WrongDates(sentence, fields={name: sentence})
    return moment


def who_fields(who: Who) -> dict[str, str]:
    """The fields of the form about who may vote."""
    chosen = str(Who(segment=who.segment)) if who.segment else "census" if who.on_list else "address"
    return {"who": chosen, "age": str(who.least_age or ""), "list": str(who.list_id or "")}


def read_who(form: Form) -> Who:
    """Who may vote, as the form says; an age that is no number is refused as one out of bounds. Raises: WrongWho."""
    chosen, named = form.get("who", ""), form.get("list", "")
    list_id = int(named) if named.isascii() and _NUMBER.fullmatch(named) else 0
    if chosen == "address":
        return Who()
    if _SEGMENT.fullmatch(chosen):
        return replace(Who.of(chosen), list_id=list_id)
    if chosen != "census":
        raise WrongWho(fields={"who": gettext("Choose one of the answers.")})
    age = form.get("age", "").strip()
    return Who(True, int(age or 0) if re.fullmatch(r"[0-9]{0,3}", age) else -1, list_id=list_id)


def _hour(typed: str) -> tuple[int, int]:
    found = _HOUR.fullmatch(typed)
    if found is None:
        raise ValueError(typed)
    return int(found[1]), int(found[2] or 0)


def _exists(moment: datetime) -> bool:
    back = moment.astimezone(ZoneInfo("UTC")).astimezone(moment.tzinfo)
    return back.replace(tzinfo=None) == moment.replace(tzinfo=None)
