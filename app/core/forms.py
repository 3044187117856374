"""Forms: days in three fields; and one that was refused comes back: same page, what was typed, what is wrong beside the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import make_response, render_template
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal, TooMany


def show_again(refusal: Refusal, template: str, field: str, **values: Any) -> Response:
    """The page with the refusal's sentences; one that names no field stands beside `field`.

    Templates get `errors` (field → sentence), which is also what `error_summary(errors.items())` takes.
    """
    db.session.rollback()
    errors = refusal.fields or {field: refusal.message()}
    answer = make_response(render_template(template, errors=errors, **values), refusal.status)
    if isinstance(refusal, TooMany):
        answer.headers["Retry-After"] = str(refusal.retry_after_seconds)
    return answer


def read_day(form: Mapping[str, str], name: str) -> date | None:
    """A day from its three fields (`name-day`, …); None when it does not exist, or is none of our times."""
    try:
        day, month, year = (int(form.get(f"{name}-{part}", "").strip()) for part in ("day", "month", "year"))
        return date(year, month, day) if 1850 <= year <= 2200 else None
    except ValueError:
        return None


def day_fields(name: str, day: date) -> dict[str, str]:
    """The three fields of a day."""
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}
