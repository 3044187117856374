"""The address of a trial site: the first free port, held from the moment it is found until the web part has it."""

from __future__ import annotations

import http.client
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager

from cli.errors import WrongUse

FIRST_PORT = 8000
TRIED_PORTS = 100
_DOCUMENTATION_ADDRESS = ("192.0.2.1", 9)  # RFC 5737: nothing is sent there


@contextmanager
def listening(listen: str, first_port: int) -> Iterator[socket.socket]:
    """A socket that listens on `listen`, at `first_port` or the next free one; 0 lets the kernel choose.

    Raises: WrongUse when the address is not this machine's, or all ports tried are taken.
    """
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(listen).version == 6 else socket.AF_INET
    except ValueError:
        raise WrongUse(
            f"--listen {listen} is not an IP address.", "Use --listen 127.0.0.1 or 0.0.0.0."
        ) from None
    with closing(socket.socket(family, socket.SOCK_STREAM)) as found:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(
            found, listen, range(first_port, min(first_port + TRIED_PORTS, 65536)) if first_port else range(1)
        )
        found.listen(512)
        yield found


def _bind(found: socket.socket, listen: str, ports: range) -> None:
    for port in ports:
        try:
            found.bind((listen, port))
            return
        except OSError as error:
            refused = error
            if not isinstance(error, PermissionError) and error.errno == 99:
                raise WrongUse(
                    f"{listen} is not an address of this machine.", "Use --listen 127.0.0.1."
                ) from None
    raise WrongUse(
        f"No port from {ports.start} to {ports.stop - 1} can be used on {listen}: {refused.strerror}.",
        "Name another: civic install --trial --port PORT",
    )


def public_url(listen: str, port: int) -> str:
    """How a browser reaches a site that listens there; for "every address" the one by which this machine goes out."""
    address = ipaddress.ip_address(listen)
    if address.is_unspecified:
        address = ipaddress.ip_address(_own_address() if address.version == 4 else "::1")
    host = f"[{address}]" if address.version == 6 else str(address)
    return f"http://{host}:{port}"


def _own_address() -> str:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as probe:
        try:
            probe.connect(_DOCUMENTATION_ADDRESS)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def answer(url: str, path: str, timeout_seconds: float = 5.0) -> tuple[int, str]:
    """Status and body of a page of the site; 0 and the reason when nothing answers."""
    host = url.removeprefix("http://")
    with closing(http.client.HTTPConnection(host, timeout=timeout_seconds)) as connection:
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read(200_000).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            return 0, str(error) or type(error).__name__
