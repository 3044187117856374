"""The shape of officers' forms: which column holds what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from app.census_imports.presets import Columns, Field

_PLACES = re.compile(r"[0-9]{1,3}(\+[0-9]{1,3})*")


def read_columns(form: Mapping[str, str], ways: Collection[tuple[int, ...]]) -> Columns:
    """Which column holds what: `column-birth=4`, or `3+4` for two that are put together; unknown ones are left out (A05)."""
    chosen: Columns = {}
    for field in Field:
        text = form.get(f"column-{field}", "")
        if _PLACES.fullmatch(text) and (places := tuple(map(int, text.split("+")))) in ways:
            chosen[field] = places
    return chosen
