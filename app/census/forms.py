"""The shape of officers' forms: a new list, a day, which column holds what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from app.census.presets import Columns, Field
from app.census.service import NewList

_PLACES = re.compile(r"[0-9]{1,3}(\+[0-9]{1,3})*")


def read_day(form: Mapping[str, str], name: str) -> date | None:
    """A day from its three fields; None when it does not exist."""
    try:
        day, month, year = (int(form.get(f"{name}-{part}", "").strip()) for part in ("day", "month", "year"))
        return date(year, month, day) if 1900 <= year <= 2200 else None
    except ValueError:
        return None


def day_fields(name: str, day: date) -> dict[str, str]:
    """The three fields of a day."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


def read_list(form: Mapping[str, str], country: str) -> NewList:
    """A new list as it was typed; a day that does not exist is the first of all, which is refused as past."""
    return NewList(
        name=form.get("name", ""),
        source=form.get("source", ""),
        legal_basis=form.get("basis", ""),
        kept_until_on=read_day(form, "kept") or date.min,
        country=country,
        identity=form.get("identity", ""),
    )


def read_columns(form: Mapping[str, str], ways: Collection[tuple[int, ...]]) -> Columns:
    """Which column holds what: `column-birth=4`, or `3+4` for two that are put together; unknown ones are left out (A05)."""
    chosen: Columns = {}
    for field in Field:
        text = form.get(f"column-{field}", "")
        if _PLACES.fullmatch(text) and (places := tuple(map(int, text.split("+")))) in ways:
            chosen[field] = places
    return chosen
