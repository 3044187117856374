"""Asks another server over HTTPS: one address, so many seconds for all of it, following nobody elsewhere. Only for the worker."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

MOST_BYTES = 64 * 1024


class NoAnswer(Exception):
    """The other server did not answer, not in time, or not as one can read; the words say which, and name nobody."""


def post(
    url: str, body: bytes, heads: Mapping[str, str], seconds: float, authority: str = ""
) -> tuple[int, bytes]:
    """Status and body of its answer to this JSON; a redirect is an answer. `authority`: the one that vouches for it, a PEM file.

    Raises: NoAnswer.
    """
    parts = urlsplit(url)
    heads = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Connection": "close",
        **heads,
    }
    try:
        trust = ssl.create_default_context(cafile=authority or None)
        link = _To(parts.hostname or "", parts.port or 443, seconds, trust)
    except (OSError, ssl.SSLError) as wrong:
        raise NoAnswer(f"its authority cannot be read: {type(wrong).__name__}") from None
    watch = threading.Timer(seconds, link.cut)
    watch.daemon = True
    watch.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request("POST", target, body, heads)
        answer = link.getresponse()
        said = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError, AttributeError) as wrong:
        why = "it took too long" if link.is_over.is_set() else type(wrong).__name__
        raise NoAnswer(why) from None
    finally:
        watch.cancel()
        link.close()
    if link.is_over.is_set():
        raise NoAnswer("it took too long")
    if len(said) > MOST_BYTES:
        raise NoAnswer("its answer is too long")
    if answer.length:
        raise NoAnswer("its answer was cut off")
    return answer.status, said


class _To(http.client.HTTPSConnection):
    """A connection that can be cut while somebody reads from it, however slowly bytes still come."""

    def __init__(self, name: str, port: int, seconds: float, trust: ssl.SSLContext) -> None:
        super().__init__(name, port, timeout=seconds, context=trust)
        self.is_over = threading.Event()
        self._trust = trust
        self._held: ssl.SSLSocket | None = None

    def connect(self) -> None:
        raw = socket.create_connection((self.host, self.port), self.timeout)
        held = self._trust.wrap_socket(raw, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = self._held = held
        held.do_handshake()

    def cut(self) -> None:
        """The time is over."""
        self.is_over.set()
        if self._held is not None:
            with suppress(OSError):
                self._held.shutdown(socket.SHUT_RDWR)
