"""Preflight's look at the network: names, ports, the way in by the site's name, the mail server."""

from __future__ import annotations

import contextlib
import re
import secrets
import smtplib
import socket
import ssl
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

from ansible_collections.civic.host.plugins.module_utils.findings import Findings, Wanted, refusal, warning

SECONDS = 5
LISTENING = "0A"
OWN_PROXY = Path("/etc/systemd/system/caddy.service.d/civic.conf")
"""Says that Caddy is the site's own, also when an install stopped half-way."""


def archives() -> list[str]:
    """Host names in apt's sources, in the order of the files."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*.*"))]
    texts = [
        file.read_text(encoding="utf-8", errors="replace")
        for file in files
        if file.suffix in (".list", ".sources") and file.is_file()
    ]
    lines = [line for text in texts for line in text.splitlines() if not line.lstrip().startswith("#")]
    return list(dict.fromkeys(name for line in lines for name in re.findall(r"https?://([\w.-]+)", line)))


def names(wanted: Wanted) -> Findings:
    """The archive's names resolve; without them nothing can be fetched, and with a bundle nothing is."""
    if wanted["brings_packages"]:
        return
    unknown = [name for name in archives() if not _addresses(name)]
    if unknown and not wanted["is_installed"]:
        yield refusal(
            "DNS",
            f"These names do not resolve: {', '.join(unknown)} (apt's sources).",
            "Correct /etc/resolv.conf, or the machine's network; try: getent hosts " + unknown[0],
        )


def ports(wanted: Wanted) -> Findings:
    """Nobody else listens on the ports of the web."""
    for port in (80,) if wanted["tls"] == "proxy" else (80, 443):
        for number, name in _listeners(port):
            if name == "caddy" and OWN_PROXY.exists():
                continue
            unit = _unit_of(number)
            remedy = f"systemctl disable --now {unit}" if unit else f"Stop {name} (process {number})."
            yield refusal(f"PORT_{port}", f"Port {port} is taken by {name} (process {number}).", remedy)


def way_in(wanted: Wanted) -> Findings:
    """With a public certificate: the site's name leads here, shown by asking oneself for a token over it."""
    if wanted["tls"] != "acme":
        return
    name = wanted["hostname"]
    later = "The site starts with a certificate of its own authority and changes over by itself when the name leads here."
    if not _addresses(name):
        yield warning(
            "NAME", f"{name} does not resolve yet. {later}", f"Point {name} to this machine in your DNS."
        )
    elif not wanted["is_installed"] and not _listeners(80) and not _comes_back(name):
        yield warning(
            "NAME",
            f"{name} does not lead to port 80 of this machine yet. {later}",
            "Check the DNS entry and the town's firewall.",
        )


def mail(wanted: Wanted) -> Findings:
    """The mail server takes the connection, its protection and the user; none is asked where the host is to be it."""
    if not wanted["smtp_host"]:
        return
    where = f"{wanted['smtp_host']}:{wanted['smtp_port']}"
    context = ssl.create_default_context()
    try:
        if wanted["smtp_security"] == "tls":
            link: smtplib.SMTP = smtplib.SMTP_SSL(
                wanted["smtp_host"], wanted["smtp_port"], timeout=SECONDS, context=context
            )
        else:
            link = smtplib.SMTP(wanted["smtp_host"], wanted["smtp_port"], timeout=SECONDS)
        with link:
            link.ehlo()
            if wanted["smtp_security"] == "starttls":
                link.starttls(context=context)
            if wanted["smtp_user"]:
                link.login(wanted["smtp_user"], wanted["smtp_password"])
    except smtplib.SMTPAuthenticationError as error:
        yield refusal(
            "SMTP_LOGIN",
            f"{where} refuses the user {wanted['smtp_user']} ({error.smtp_code}).",
            "Correct CIVIC_SMTP_USER and CIVIC_SMTP_PASSWORD.",
        )
    except ssl.SSLError as error:
        yield refusal(
            "SMTP_TLS",
            f"{where}: {error.reason or error}.",
            "Correct CIVIC_SMTP_SECURITY, CIVIC_SMTP_PORT, or the server's certificate.",
        )
    except (OSError, smtplib.SMTPException) as error:
        yield refusal(
            "SMTP",
            f"The mail server {where} does not answer as it should: {error}.",
            "Correct CIVIC_SMTP_HOST and CIVIC_SMTP_PORT, or open the way to it.",
        )


def ports_of(program: str) -> list[int]:
    """TCP ports on which a program listens."""
    inodes = _listening()
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            port = inodes.get(str(link.readlink()))
            if port and Path("/proc", link.parts[2], "comm").read_text(encoding="utf-8").strip() == program:
                found.add(port)
    return sorted(found)


def _listening() -> dict[str, int]:
    """TCP port by the name that /proc gives its socket."""
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                words = line.split()
                if words[3] == LISTENING:
                    found[f"socket:[{words[9]}]"] = int(words[1].rpartition(":")[2], 16)
    return found


def _addresses(name: str) -> set[str]:
    try:
        return {str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return set()


def _listeners(port: int) -> list[tuple[int, str]]:
    """Process id and name of all who listen on a TCP port of this machine."""
    sockets = {name for name, number in _listening().items() if number == port}
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*") if sockets else ():
        with contextlib.suppress(OSError):
            if str(link.readlink()) in sockets:
                number = link.parts[2]
                found.add((int(number), Path(f"/proc/{number}/comm").read_text(encoding="utf-8").strip()))
    first: dict[str, int] = {}
    for number, name in sorted(found):
        first.setdefault(name, number)
    if sockets and not first:
        return [(0, "a program that cannot be seen from here")]
    return [(number, name) for name, number in first.items()]


def _unit_of(number: int) -> str:
    with contextlib.suppress(OSError):
        match = re.search(r"/([\w@.-]+\.service)", Path(f"/proc/{number}/cgroup").read_text(encoding="utf-8"))
        return match.group(1) if match else ""
    return ""


def _comes_back(name: str) -> bool:
    """Listen on port 80 for a moment and ask for a token by name."""
    token = secrets.token_hex(16)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    try:
        server = HTTPServer(("", 80), Answer)
    except OSError:
        return False
    threading.Thread(target=server.serve_forever, daemon=True).start()
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(f"http://{name}/", timeout=SECONDS) as answer:
            return bool(answer.read(64).decode(errors="replace") == token)
    except (OSError, ValueError):
        return False
    finally:
        server.shutdown()
        server.server_close()
