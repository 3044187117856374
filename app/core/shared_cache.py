"""A shared cache of one second in front of the site, so that a crowd before the same page costs as much as one reader.

It keeps to HTTP (RFC 9111): only answers that say `s-maxage`, only to requests without a cookie. A view says so by `shared`.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from flask import g, make_response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECONDS = 1
ENTRIES = 500

View = TypeVar("View", bound=Callable[..., Any])
_S_MAXAGE = re.compile(r"\bs-maxage=(\d+)")
_Key = tuple[str, str, str]
_Kept = tuple[float, str, list[tuple[str, str]], bytes]


def shared(view: View) -> View:
    """Let the page be kept for everyone who is not signed in."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        made = make_response(view(*args, **kwargs))
        if g.get("me") is None and made.status_code == 200 and "Set-Cookie" not in made.headers:
            made.headers["Cache-Control"] = f"public, max-age=0, s-maxage={SECONDS}"
            made.vary.add("Cookie")
        return made

    return answer  # type: ignore[return-value]


class SharedCache:
    """WSGI middleware; at most `ENTRIES` pages of this process, the oldest leave first."""

    def __init__(self, site: WSGIApplication) -> None:
        self._site = site
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the kept page, or ask the site and keep what may be kept."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return self._site(environ, start_response)
        key = (environ.get("HTTP_HOST", ""), environ["PATH_INFO"], environ.get("QUERY_STRING", ""))
        found = self._kept.get(key)
        if found is not None and found[0] > time.monotonic():
            start_response(found[1], list(found[2]))
            return [found[3]]
        return self._ask(key, environ, start_response)

    def _ask(self, key: _Key, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def note(
            status: str, headers: list[tuple[str, str]], exc_info: Any = None
        ) -> Callable[[bytes], object]:
            said.append((status, headers))
            return start_response(status, headers, exc_info)

        body = self._site(environ, note)
        status, headers = said[-1]
        control = next((text for name, text in headers if name.lower() == "cache-control"), "")
        seconds = _S_MAXAGE.search(control)
        if seconds is None or not status.startswith("200"):
            return body
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        with self._lock:
            self._kept[key] = (time.monotonic() + int(seconds.group(1)), status, headers, content)
            self._kept.move_to_end(key)
            while len(self._kept) > ENTRIES:
                self._kept.popitem(last=False)
        return [content]
