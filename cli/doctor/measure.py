"""Single measurements of a machine, for trial sites and hosts alike. Each gives None when the machine cannot tell."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from cli import clock
from cli.doctor.facts import Certificate, Disk, File

TIMEOUT_SECONDS = 5.0
LOG_END_BYTES = 200_000


def disk(path: Path) -> Disk:
    """The file system that `path` lies on."""
    found = os.statvfs(path)
    return Disk(
        str(path),
        found.f_bavail * found.f_frsize,
        found.f_blocks * found.f_frsize,
        found.f_favail,
        found.f_files,
    )


def file(path: Path, owner: int) -> File | None:
    """Mode and owner of a file; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return File(str(path), found.st_mode & 0o7777, found.st_uid == owner, found.st_mtime)


def memory_bytes() -> tuple[int, int]:
    """Memory that programs can still have, and all of it."""
    lines = dict(
        line.split(":", 1) for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    )
    return int(lines["MemAvailable"].split()[0]) * 1024, int(lines["MemTotal"].split()[0]) * 1024


def killed_for_memory() -> int | None:
    """Processes that the kernel ended for want of memory since the boot."""
    with suppress(OSError):
        for line in Path("/proc/vmstat").read_text(encoding="ascii").splitlines():
            if line.startswith("oom_kill "):
                return int(line.split()[1])
    return None


def release(root: Path = Path("/")) -> tuple[str, str] | None:
    """Name and number of the distribution's release: ("debian", "12")."""
    with suppress(OSError):
        text = (root / "etc/os-release").read_text(encoding="utf-8")
        lines = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        return lines.get("ID", "").strip('"'), lines.get("VERSION_ID", "").strip('"')
    return None


def tracebacks(log: Path) -> int:
    """Faults in the end of a log."""
    try:
        with log.open("rb") as stream:
            stream.seek(max(0, log.stat().st_size - LOG_END_BYTES))
            return stream.read().count(b"Traceback (most recent call last)")
    except OSError:
        return 0


def addresses_of(name: str) -> frozenset[str]:
    """The addresses that a name leads to; none when it leads nowhere."""
    try:
        return frozenset(
            str(found[4][0]) for found in socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
        )
    except OSError:
        return frozenset()


def mail_server(host: str, port: int, security: str) -> tuple[bool, str]:
    """Whether the mail server greets, and what it said; nothing is sent."""
    try:
        kind = smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP
        with kind(host, port, timeout=TIMEOUT_SECONDS) as server:
            code, said = server.ehlo()
            return 200 <= code < 300, said.decode("utf-8", "replace").splitlines()[0]
    except (OSError, smtplib.SMTPException) as error:
        return False, str(error) or type(error).__name__


def certificate(name: str, trusted: Sequence[str], known: Sequence[str]) -> Certificate | None:
    """What a browser that asks this machine for `name` is shown; None when nothing is shown.

    `trusted`: root certificates that residents' browsers have beside the public ones; `known`: those of this host's own.
    """
    shown = _peer(name, _context(trusted))
    if isinstance(shown, str):
        unnamed = _context([*trusted, *known])
        unnamed.check_hostname = False
        found = _peer(name, unnamed)
        if not isinstance(found, dict):
            return Certificate(days_left=float("inf"), is_for_name=True, is_trusted=False, issuer=shown)
        is_for_name = isinstance(_peer(name, _context([*trusted, *known])), dict)
        return _read(found, is_for_name=is_for_name, is_trusted="self" not in shown and "issuer" not in shown)
    return None if shown is None else _read(shown, is_for_name=True, is_trusted=True)


def _context(files: Sequence[str]) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for file in files:
        if file and Path(file).is_file():
            context.load_verify_locations(file)
    return context


def _peer(name: str, context: ssl.SSLContext) -> dict[str, object] | str | None:
    """The certificate; or why it was refused; None when nothing answers."""
    try:
        with (
            socket.create_connection(("127.0.0.1", 443), timeout=TIMEOUT_SECONDS) as plain,
            context.wrap_socket(plain, server_hostname=name) as secured,
        ):
            return dict(secured.getpeercert() or {})
    except ssl.SSLCertVerificationError as refused:
        return refused.verify_message
    except OSError:
        return None


def _read(shown: dict[str, object], *, is_for_name: bool, is_trusted: bool) -> Certificate:
    ends_at = ssl.cert_time_to_seconds(str(shown["notAfter"]))
    return Certificate(
        (ends_at - clock.now().timestamp()) / 86400, is_for_name, is_trusted, str(shown.get("issuer", ""))
    )
