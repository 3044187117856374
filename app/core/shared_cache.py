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
MOST_BYTES = 16 * 1024 * 1024
"""A crowd asks for few pages; somebody who invents addresses must not fill the memory (A41)."""

View = TypeVar("View", bound=Callable[..., Any])
_S_MAXAGE = re.compile(r"\bs-maxage=(\d+)")
_KEY = ("HTTP_HOST", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING")
_Key = tuple[str, ...]
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
    """WSGI middleware; at most `ENTRIES` pages and `MOST_BYTES` of this process, the oldest leave first."""

    def __init__(self, site: WSGIApplication) -> None:
        self._site = site
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from the kept page, or ask the site and keep what may be kept."""
        if environ["REQUEST_METHOD"] != "GET" or "HTTP_COOKIE" in environ:
            return self._site(environ, start_response)
        key = tuple(environ.get(name, "") for name in _KEY)
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
        named = {name.lower(): text for name, text in headers}
        seconds = _S_MAXAGE.search(named.get("cache-control", ""))
        if seconds is None or not status.startswith("200") or "set-cookie" in named:
            return body
        try:
            content = b"".join(body)
        finally:
            getattr(body, "close", lambda: None)()
        self._keep(key, (time.monotonic() + int(seconds.group(1)), status, headers, content))
        return [content]

    def _keep(self, key: _Key, made: _Kept) -> None:
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += len(made[3]) - (len(before[3]) if before else 0)
            self._kept[key] = made
            while len(self._kept) > ENTRIES or self._bytes > MOST_BYTES:
                _, left = self._kept.popitem(last=False)
                self._bytes -= len(left[3])
