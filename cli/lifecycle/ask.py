"""Asks the site for a page the way its proxy does, or the way a resident does."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in lower case) and text of an answer; status 0 with the reason when there was none."""

    status: int
    headers: Mapping[str, str]
    text: str


class OverSocket(http.client.HTTPConnection):
    """To gunicorn itself."""

    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        """Dial."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class _OverTls(http.client.HTTPSConnection):
    """To this machine, whatever the name resolves to."""

    def __init__(self, name: str, context: ssl.SSLContext, seconds: float) -> None:
        super().__init__("127.0.0.1", 443, timeout=seconds, context=context)
        self._name = name
        self._tls = context

    def connect(self) -> None:
        raw = socket.create_connection((self.host, self.port), self.timeout)
        self.sock = self._tls.wrap_socket(raw, server_hostname=self._name)


def over_socket(path: Path, page: str, hostname: str, seconds: float = 10) -> Answer:
    """A page from gunicorn itself, as the proxy asks for it."""
    return _ask(
        OverSocket(path, seconds),
        page,
        {"Host": hostname, "X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1"},
    )


def over_tls(
    page: str, hostname: str, context: ssl.SSLContext, host: str = "", seconds: float = 20
) -> Answer:
    """A page from this machine's proxy under `hostname`, or with another Host header."""
    return _ask(_OverTls(hostname, context, seconds), page, {"Host": host or hostname})


def over_http(page: str, headers: Mapping[str, str], name: str = "127.0.0.1", seconds: float = 20) -> Answer:
    """A page without TLS."""
    return _ask(http.client.HTTPConnection(name, 80, timeout=seconds), page, headers)


def _ask(link: http.client.HTTPConnection, page: str, headers: Mapping[str, str]) -> Answer:
    try:
        link.request("GET", page, headers=dict(headers))
        answer = link.getresponse()
        text = answer.read(2**20).decode("utf-8", "replace")
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {}, f"{type(error).__name__}: {error}")
    finally:
        link.close()


def peer_certificate(hostname: str, context: ssl.SSLContext, seconds: float = 10) -> bytes:
    """The certificate (DER) that this machine shows under `hostname`.

    Raises: OSError when there is none.
    """
    with (
        socket.create_connection(("127.0.0.1", 443), seconds) as raw,
        context.wrap_socket(raw, server_hostname=hostname) as link,
    ):
        return link.getpeercert(binary_form=True) or b""
