"""A register elsewhere, as a council might have one: a real server over TLS that answers, or fails, as a test wants it to."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "open-sesame"
FIELDS = "number=dni,family=apellidos,born=nacimiento,people=personas,reference=id,district=barrio"


class RegisterServer:
    """Where it listens, which authority vouches for it, what it was asked, and what it does next (`mode`)."""

    def __init__(self, folder: Path) -> None:
        self.mode = "yes"
        self.people: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.stopping = threading.Event()
        self.authority = certificate(folder)
        register = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                register.asked.append(said)
                register._answer(self, said)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, folder / "register.key")
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )
        self.url = f"https://localhost:{self.server.server_address[1]}/personas"

    def settings(self, **more: str) -> dict[str, str]:
        """The settings of a site that asks it."""
        return {
            "remote_census_url": self.url, "remote_census_token": TOKEN, "remote_census_list": "Register",
            "remote_census_seconds": "1", "remote_census_fields": FIELDS, "remote_census_ca": str(self.authority), **more,
        }  # fmt: skip

    def _answer(self, to: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        known = self.people.get(said["dni"])
        people = [known] if known and known["apellidos"] == said["apellidos"] else []
        status, body = 200, json.dumps({"personas": people}).encode()
        if to.headers["Authorization"] != f"Bearer {TOKEN}":
            status, body = 401, b"{}"
        elif self.mode == "two":
            body = json.dumps({"personas": [{"id": "1"}, {"id": "2"}]}).encode()
        elif self.mode == "500":
            status = 500
        elif self.mode in _WRONG:
            body = _WRONG[self.mode]
        elif self.mode == "silent":
            self.stopping.wait(20)
            return
        self._send(to, status, body)

    def _send(self, to: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
        try:
            if self.mode == "redirect":
                to.send_response(307)
                to.send_header("Location", self.url + "/elsewhere")
                body = b""
            else:
                to.send_response(status)
            to.send_header("Content-Length", str(len(body)))
            to.end_headers()
            for at in range(len(body)) if self.mode == "drip" else ():
                to.wfile.write(body[at : at + 1])
                time.sleep(0.3)
            if self.mode != "drip":
                to.wfile.write(body)
        except OSError:
            pass  # the site hung up


_WRONG = {
    "html": b"<html>", "number": b"17", "people": b'{"personas": {"id": 1}}', "nameless": b'{"personas": [{"barrio": "x"}]}',
    "list": b'{"personas": ["x"]}', "deep": b"[" * 30_000, "huge": b'{"personas": [' + b" " * 70_000 + b"]}", "empty": b"",
}  # fmt: skip
FAILURES = (*_WRONG, "500", "silent", "drip", "redirect")


@contextmanager
def register_server(folder: Path) -> Iterator[RegisterServer]:
    """A register for the length of a test."""
    made = RegisterServer(folder)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.stopping.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()


def certificate(folder: Path) -> Path:
    """A key for localhost in this folder, and the certificate that vouches for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "register.key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "register.pem").write_bytes(made.public_bytes(pem))
    return folder / "register.pem"
