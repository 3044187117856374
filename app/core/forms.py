"""A form that was refused comes back: same page, what was typed, what is wrong on top and beside the field."""

from __future__ import annotations

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
