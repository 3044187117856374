"""The shape of officers' forms: a new list, which column holds what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from app.census.presets import Columns, Field
from app.census.service import NewList
from app.core.forms import read_day

_PLACES = re.compile(r"[0-9]{1,3}(\+[0-9]{1,3})*")


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
