"""Alerts as JSON to an address of the operator's: over TLS, to a public address, following nobody elsewhere (A40)."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from app.public_net import is_public

SECONDS = 10.0


class Refused(OSError):
    """The address is not one that the host may call, or it did not take the message."""


@dataclass(frozen=True)
class Webhook:
    """An address; `may_call` and `tls` are other ones in tests."""

    url: str
    may_call: Callable[[str], bool] = is_public
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def post(self, facts: Mapping[str, Any]) -> None:
        """Send `facts`; a redirect counts as a refusal.

        Raises: OSError saying why it did not arrive.
        """
        parts = urlsplit(self.url)
        if parts.scheme != "https" or not parts.hostname:
            raise Refused("the webhook's address does not begin with https://")
        port = parts.port or 443
        link = _To(parts.hostname, port, self._address(parts.hostname, port), self.tls)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            body = json.dumps(facts, ensure_ascii=False).encode()
            link.request("POST", target, body, {"Content-Type": "application/json"})
            status = link.getresponse().status
        except http.client.HTTPException as error:
            raise Refused(f"the webhook's answer cannot be read: {type(error).__name__}") from None
        finally:
            link.close()
        if not 200 <= status < 300:
            raise Refused(f"the webhook answered {status}")

    def _address(self, name: str, port: int) -> str:
        """The address that is called: looked up once, so that a second answer of the DNS cannot lead inside."""
        found = [str(one[4][0]) for one in socket.getaddrinfo(name, port, proto=socket.IPPROTO_TCP)]
        inside = [address for address in found if not self.may_call(address)]
        if inside:
            raise Refused(f"the webhook's name leads to {inside[0]}, which is not public")
        return found[0]


class _To(http.client.HTTPSConnection):
    """A connection to a fixed address, with the name's certificate."""

    def __init__(self, name: str, port: int, address: str, tls: ssl.SSLContext) -> None:
        super().__init__(name, port, timeout=SECONDS, context=tls)
        self._address = address
        self._tls = tls

    def connect(self) -> None:
        raw = socket.create_connection((self._address, self.port), SECONDS)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self.host)
