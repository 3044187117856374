"""Forms come from our own pages only: the browser's own word about the origin, and for signed-in people a token as well.

Before sign-in there is no cookie, hence nothing to ride on but the sign-in form itself; there the origin check stands alone
(same decision as Go's net/http CrossOriginProtection: a request without Origin and Sec-Fetch-Site is not a browser's).
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from flask import Flask, g, request
from flask_babel import gettext
from markupsafe import Markup

from app.core.errors import Refusal
from app.core.seal import site_secret

FIELD = "csrf_token"


class ForeignForm(Refusal):
    """The form was not sent from one of the site's own pages, or its session has ended."""

    status = 403

    def message(self) -> str:
        """The sentence to show."""
        sentence: str = gettext(
            "This form has expired or comes from another site. Go back, reload the page, and send it again."
        )
        return sentence


def token() -> str:
    """The token of this session; empty before sign-in."""
    session: str | None = g.get("session_key")
    if session is None:
        return ""
    return hmac.new(site_secret(), b"csrf:" + session.encode(), hashlib.sha256).hexdigest()


def field() -> Markup:
    """The hidden field for a form."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token())


def init_app(app: Flask) -> None:
    """Check every request that could change something."""
    app.before_request(_check)
    app.jinja_env.globals["csrf_field"] = field


def _check() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    if not _from_here():
        raise ForeignForm
    expected, given = token(), request.form.get(FIELD) or request.headers.get("X-CSRF-Token", "")
    if expected and not hmac.compare_digest(expected.encode(), given.encode()):
        raise ForeignForm


def _from_here() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.host
    except ValueError:
        return False
