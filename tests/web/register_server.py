"""A register elsewhere, as a council might have one: it answers, or fails, as a test wants it to."""

from __future__ import annotations

import json
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.web.tls_server import TOKEN, TlsServer

FIELDS = "number=dni,family=apellidos,born=nacimiento,people=personas,reference=id,district=barrio"


class RegisterServer(TlsServer):
    """Where it listens, whom it knows, and what it does next (`mode`)."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mode = "yes"
        self.people: dict[str, dict[str, Any]] = {}
        self.url = f"{self.origin}/personas"

    def settings(self, **more: str) -> dict[str, str]:
        """The settings of a site that asks it."""
        return {
            "remote_census_url": self.url, "remote_census_token": TOKEN, "remote_census_list": "Register",
            "remote_census_seconds": "1", "remote_census_fields": FIELDS, "remote_census_ca": str(self.authority), **more,
        }  # fmt: skip

    def answer(self, to: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        """Whom it knows by this number and name, or its failure."""
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
