"""The shape of officers' forms: a new list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from app.census.service import NewList
from app.core.forms import read_day


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
