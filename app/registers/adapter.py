"""Asks the register over HTTPS: one address, one question, so many seconds for all of it, following nobody elsewhere."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from app.census.matching import Sought
from app.registers import rules
from app.registers.errors import Unavailable
from app.registers.rules import Registered
from app.settings import Settings

MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Register:
    """Where the register is, what opens it, how long it may take, and how it calls things."""

    url: str
    token: str = field(repr=False)
    seconds: float
    fields: Mapping[str, str]
    authority: str = ""

    @classmethod
    def of(cls, settings: Settings) -> Register:
        """The register of a site."""
        fields = dict(pair.split("=", 1) for pair in settings.remote_census_fields)
        return cls(
            settings.remote_census_url,
            settings.remote_census_token,
            float(settings.remote_census_seconds),
            fields,
            settings.remote_census_ca,
        )

    def find(self, who: Sought) -> list[Registered]:
        """The people whom the register means by this. Raises: Unavailable; a redirect counts as no answer."""
        asked = rules.question(who.number, (who.family, who.given), who.born, self.fields)
        status, body = self._post(asked)
        if status != 200:
            raise Unavailable(f"it answered {status}")
        return rules.read_answer(body, self.fields)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        parts = urlsplit(self.url)
        heads = {"Content-Type": "application/json", "Accept": "application/json", "Connection": "close"}
        if self.token:
            heads["Authorization"] = f"Bearer {self.token}"
        try:
            link = _To(parts.hostname or "", parts.port or 443, self.seconds, self._trust())
        except (OSError, ssl.SSLError) as wrong:
            raise Unavailable(f"its authority cannot be read: {type(wrong).__name__}") from None
        watch = threading.Timer(self.seconds, link.cut)
        watch.daemon = True
        watch.start()
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            link.request("POST", target, body, heads)
            answer = link.getresponse()
            said = answer.read(MOST_BYTES + 1)
        except (OSError, http.client.HTTPException, ValueError, AttributeError) as wrong:
            why = "it took too long" if link.is_over.is_set() else type(wrong).__name__
            raise Unavailable(why) from None
        finally:
            watch.cancel()
            link.close()
        if link.is_over.is_set():
            raise Unavailable("it took too long")
        if len(said) > MOST_BYTES:
            raise Unavailable("its answer is too long")
        return answer.status, said

    def _trust(self) -> ssl.SSLContext:
        """Public authorities, or the one of the settings alone."""
        return ssl.create_default_context(cafile=self.authority or None)


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
