"""The read-only switch: while the host says maintenance, pages can be read and forms are refused, with nothing typed lost.

`civic maintenance on` writes the file, with its end in it: it passes by itself. Signing in and out stays open, so that staff can
look, and so does what only asks (`stays_open`). Of the worker's jobs only the one that delivers letters goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import clock, csrf, host
from app.core.policy import View

FILE = "maintenance.json"
SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Maintenance:
    """From when to when, who answers for it and why."""

    since: datetime
    until: datetime
    by: str
    reason: str


def stays_open(view: View) -> View:
    """Declare that the form changes nothing but who is signed in, or nothing at all."""
    view.stays_open = True  # type: ignore[attr-defined]
    return view


def current() -> Maintenance | None:
    """The maintenance in force now."""
    facts = host.read(FILE)
    try:
        found = Maintenance(
            datetime.fromisoformat(facts["since"]),
            datetime.fromisoformat(facts["until"]),
            str(facts.get("by", "")),
            str(facts.get("reason", "")),
        )
        return found if found.until > clock.now() else None
    except (KeyError, TypeError, ValueError):
        return None


def init_app(app: Flask) -> None:
    """Look at every form that came from one of our pages; call it after the checks of role and origin."""
    app.before_request(_check)
    app.jinja_env.globals["maintenance"] = current


def _check() -> tuple[str, int, dict[str, str]] | None:
    if request.method in SAFE or request.endpoint is None:
        return None
    now = current()
    if now is None or hasattr(current_app.view_functions[request.endpoint], "stays_open"):
        return None
    g.setdefault("lang", current_app.config["CIVIC"].languages[0])
    page = render_template("maintenance.html", until=now.until, typed=_typed(), has_files=_has_files())
    return page, 503, {"Retry-After": str(max(1, int((now.until - clock.now()).total_seconds())))}


def _typed() -> list[tuple[str, Any]]:
    """What the form held, to be sent again from the page itself."""
    return [(name, text) for name, texts in request.form.lists() for text in texts if name != csrf.FIELD]


def _has_files() -> bool:
    try:
        return any(file.filename for file in request.files.values())
    except RequestEntityTooLarge:
        return True
