"""How much of a request is read, and by how many threads at a time: a slow sender holds nobody else's pages (A41, F12).

The proxy hands a form on when it has come in whole, up to a little more than `LARGEST_FORM` (deploy/proxy/Caddyfile.j2), so that
no thread waits for it. What is larger it can only pass through as it arrives: that is for views that take files, after the check
of the role, and at most half of the threads read one.
"""

from __future__ import annotations

import threading

from flask import Flask, abort, current_app, g, request
from flask_babel import gettext

from app.core.db import db
from app.core.errors import TooMany
from app.core.policy import View

LARGEST_FORM = 256 * 1024
RETRY_SECONDS = 60
_PLACES = "civic-large-bodies"


class Receiving(TooMany):
    """As many files are arriving as may at a time; the rest of the threads answer pages."""

    status = 503

    def message(self) -> str:
        """The sentence to show."""
        sentence: str = gettext(
            "Other files are arriving just now, and the site takes only a few at a time. Nothing was recorded. "
            "Go back, where what you typed still stands, and send it again in a minute."
        )
        return sentence


def takes_files(view: View) -> View:
    """Declare that the view may be sent more than a form holds, up to MAX_CONTENT_LENGTH."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Look at every body before the first byte of it is read; call it after the check of the role."""
    app.extensions[_PLACES] = threading.Semaphore(max(1, app.config["CIVIC"].web_threads // 2))
    app.before_request(_check)
    app.teardown_request(_leave)


def _check() -> None:
    if request.endpoint is None:
        return
    if "Transfer-Encoding" in request.headers:
        abort(411)
    if (request.content_length or 0) <= LARGEST_FORM:
        return
    if not hasattr(current_app.view_functions[request.endpoint], "takes_files"):
        abort(413)
    if not current_app.extensions[_PLACES].acquire(blocking=False):
        raise Receiving(RETRY_SECONDS)
    g.large_body = True
    db.session.rollback()  # who is calling is known; no transaction, and with SQLite no lock, waits for the rest


def _leave(_error: BaseException | None) -> None:
    if g.pop("large_body", False):
        current_app.extensions[_PLACES].release()
