"""The site's cookies: for all its addresses, out of reach of scripts and of other sites."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response


def read(name: str) -> str:
    """What the browser holds under the name; empty for nothing."""
    return request.cookies.get(_full(name), "")


def hand_over(answer: Response, name: str, value: str, kept: timedelta) -> None:
    """Let the browser hold the value that long."""
    answer.set_cookie(
        _full(name), value, max_age=kept, path="/", secure=_is_secure(), httponly=True, samesite="Lax"
    )


def take_away(answer: Response, name: str) -> None:
    """Let the browser hold nothing under the name."""
    answer.delete_cookie(_full(name), path="/", secure=_is_secure(), httponly=True, samesite="Lax")


def _is_secure() -> bool:
    return bool(current_app.config["CIVIC"].base_url.startswith("https:"))


def _full(name: str) -> str:
    # By this prefix a browser takes the cookie from this very host only, over HTTPS.
    return f"__Host-{name}" if _is_secure() else name
