"""Telling systemd how the worker is (sd_notify(3)): a datagram to the socket that it named."""

from __future__ import annotations

import socket

from app.settings import notify_socket


def notify(state: str) -> None:
    """Send `READY=1`, `WATCHDOG=1`, `STOPPING=1` …; without systemd nothing happens."""
    address = notify_socket()
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        try:
            channel.connect(address)
            channel.sendall(state.encode())
        except OSError:
            return  # a manager that is gone must not stop the mail
