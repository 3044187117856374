"""A provider of SMS, as a council might have one: it takes messages, or fails, as a test wants it to."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.web.tls_server import TOKEN, TlsServer


class SmsServer(TlsServer):
    """Each message that it took once (`taken`, by key), and what it does next (`mode`).

    `mode` is a status, "hang" (says nothing), "cut" (closes in the middle of its answer), or "lost" (takes it and says nothing).
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mode = "202"
        self.taken: dict[str, dict[str, Any]] = {}

    def settings(self, **more: str) -> dict[str, str]:
        """The settings of a site that sends by it."""
        return {
            "sms_url": f"{self.origin}/messages", "sms_token": TOKEN,
            "sms_sender": "Valclair", "sms_fields": "to=recipient,key=reference",
            "sms_prefix": "+33", "sms_seconds": "1", "sms_per_minute": "0", "sms_ca": str(self.authority),
            "mail_quiet_hours": "", **more,
        }  # fmt: skip

    def answer(self, to: BaseHTTPRequestHandler, said: dict[str, Any]) -> None:
        """Take the message, or fail to."""
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
