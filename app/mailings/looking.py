"""One look at an address of the web, as a browser would begin it: does something answer? Its pages are not read.

A server inside the council's network is never asked: whoever writes a letter could look around in it.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import SplitResult, urljoin, urlsplit

from app.public_net import is_public

SECONDS = 10.0
MOST_HOPS = 5
ALIVE, SILENT, INSIDE, UNTRUSTED = "", "silent", "inside", "untrusted"
"""What is found, or a status such as `404`. `INSIDE`: not in the public net; `UNTRUSTED`: a certificate that browsers refuse."""
_OF_THE_WEB = (80, 443)
_CLOSED = (401, 403, 405, 429)
"""Somebody is there, and does not want to be looked at by a machine."""


class _Inside(Exception):
    """The address leads to a machine that is not in the public net."""


def look_at(url: str, agent: str) -> str:
    """What answers there: `ALIVE`, a status in digits, `SILENT`, `INSIDE` or `UNTRUSTED`. Never raises."""
    try:
        for _ in range(MOST_HOPS):
            status, target = _ask(urlsplit(url), agent)
            if target is None:
                return judge(status)
            url = urljoin(url, target)
    except _Inside:
        return INSIDE
    except ssl.SSLCertVerificationError:
        return UNTRUSTED
    except (OSError, HTTPException, ValueError):
        return SILENT
    return SILENT


def judge(status: int) -> str:
    """What a status says: `ALIVE`, or the status."""
    return ALIVE if status < 400 or status in _CLOSED else str(status)


def _ask(parts: SplitResult, agent: str) -> tuple[int, str | None]:
    """The status, and where a redirection leads."""
    if parts.scheme not in ("http", "https"):
        raise ValueError(parts.scheme)
    is_secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_secure else 80)
    connection = HTTPConnection(host, port)
    connection.default_port = 443 if is_secure else 80
    connection.sock = _connect(host, port)
    if is_secure:
        connection.sock = ssl.create_default_context().wrap_socket(
            connection.sock, server_hostname=host, do_handshake_on_connect=False
        )
    with connection.sock, _ended_in_time(connection.sock):
        if isinstance(connection.sock, ssl.SSLSocket):
            connection.sock.do_handshake()
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers={"User-Agent": agent, "Accept": "*/*"})
        answer = connection.getresponse()
    return answer.status, answer.headers["Location"] if 300 <= answer.status < 400 else None


def _connect(host: str, port: int) -> socket.socket:
    """A connection to a public address of the host. Raises: _Inside when it has no other than private ones."""
    found = {str(told[4][0]) for told in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    public = sorted(address for address in found if may_ask(address, port))
    if not public:
        raise _Inside
    return socket.create_connection((public[0], port), timeout=SECONDS)


@contextmanager
def _ended_in_time(connection: socket.socket) -> Iterator[None]:
    """Ends the connection after a while, however slowly the other side goes on to talk."""

    def end() -> None:
        with suppress(OSError):  # the other side was faster
            connection.shutdown(socket.SHUT_RDWR)

    timer = Timer(SECONDS, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def may_ask(address: str, port: int) -> bool:
    """Whether somebody outside could ask there too: not the ports of this host that its firewall keeps, by its public address."""
    return is_public(address) and (port in _OF_THE_WEB or not _is_own(address))


def _is_own(address: str) -> bool:
    """Whether it is an address of this host: only such a one can be bound."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((address, 0))
        except OSError:
            return False
    return True
