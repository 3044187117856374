"""A provider of SMS, as a council might have one: a real server over TLS that takes messages, or fails, as a test wants it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.web.register_server import certificate

TOKEN = "open-sesame"


class SmsServer:
    """What it was asked (`asked`), each message that it took once (`taken`, by key), and what it does next (`mode`).

    `mode` is a status, "hang" (says nothing), "cut" (closes in the middle of its answer), or "lost" (takes it and says nothing).
    """

    def __init__(self, folder: Path) -> None:
        self.mode = "202"
        self.asked: list[dict[str, Any]] = []
        self.taken: dict[str, dict[str, Any]] = {}
        self.stopping = threading.Event()
        self.authority = certificate(folder)
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                provider._answer(self, json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def log_message(self, *_: object) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.authority, folder / "register.key")
        self.server.socket = context.wrap_socket(
            self.server.socket, server_side=True, do_handshake_on_connect=False
        )

    def settings(self, **more: str) -> dict[str, str]:
        """The settings of a site that sends by it."""
        url = f"https://localhost:{self.server.server_address[1]}/messages"
        return {
            "sms_url": url, "sms_token": TOKEN, "sms_sender": "Valclair", "sms_fields": "to=recipient,key=reference",
            "sms_prefix": "+33", "sms_seconds": "1", "sms_per_minute": "0", "sms_ca": str(self.authority),
            "mail_quiet_hours": "", **more,
        }  # fmt: skip

    def _answer(self, to: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        self.asked.append(said)
        is_known = to.headers["Authorization"] == f"Bearer {TOKEN}"
        assert to.headers["Idempotency-Key"] == said["reference"]
        if is_known and self.mode in ("202", "cut", "lost"):
            self.taken[said["reference"]] = said
        if self.mode in ("hang", "lost"):
            self.stopping.wait(20)
            return
        status, length = (202, 500) if self.mode == "cut" else (int(self.mode), 2)
        try:
            to.send_response(status if is_known else 401)
            to.send_header("Content-Length", str(length))
            to.end_headers()
            to.wfile.write(b"{}")
        except OSError:
            pass  # the site hung up


@contextmanager
def sms_server(folder: Path) -> Iterator[SmsServer]:
    """A provider for the length of a test."""
    made = SmsServer(folder)
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        made.stopping.set()
        made.server.shutdown()
        made.server.server_close()
        thread.join()
