"""How long a sign-in code and a page take while a mailing leaves: `python -m tests.bench.codes [READERS]` (20,000).

The site under gunicorn, PostgreSQL and a worker with four connections to a mail server, all on this machine. Somebody new asks
for a code by the real page every half second; eight residents read a page every 100 ms (wrk), first calm, then meanwhile.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from app.core import clock
from app.core.db import db
from app.mail import outbox
from app.mail.circulars import Circular
from app.mail.outbox import Copy
from tests.bench import serve
from tests.bench.calm import p95
from tests.bench.mail import HTML, TEXT
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site
from tests.web import site_process
from tests.web.smtp_sink import CountingSink, start_sink
from tests.web.towns import open_budget

CODES = 20
APART_SECONDS = 0.5


class Timing(CountingSink):
    """A mail server that notes when each reader's letter came."""

    def __init__(self) -> None:
        super().__init__(b"")
        self.came: dict[str, float] = {}

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.came |= dict.fromkeys(envelope.rcpt_tos, time.monotonic())
        return await super().handle_DATA(server, session, envelope)


def main(readers: int = 20_000) -> dict[str, float]:
    """Measure, print one line of JSON."""
    sink = Timing()
    _, controller = start_sink(sink=sink)
    with cluster(is_durable=True) as address, tempfile.TemporaryDirectory(prefix="civic-bench-") as folder:
        more = {"smtp_port": str(controller.port), "mail_connections": "4"}
        settings = make_settings(address, Path(folder), **more)
        with empty_site(settings) as site:
            path = f"/en/budgets/{open_budget(site)}/projects"
            options = ("--config", "python:app.gunicorn_settings")
            environment = site_process.environment(settings)
            with serve.serve("app.wsgi:app", environment, settings.hostname, *options) as server:
                figures = measure(site, server, sink, path, readers)
    controller.stop()
    print(json.dumps({"readers": readers, **figures}))
    return figures


def measure(site: Flask, server: serve.Server, sink: Timing, path: str, readers: int) -> dict[str, float]:
    """Seconds of the slowest code, and p95 of the page meanwhile beside the calm one, of portions of three seconds."""
    worker = site_process.Worker(site.config["CIVIC"])
    try:
        server.get(path)
        ask(server, sink, "calm@example.org")
        calm = [p95(server, path) for _ in range(2)]
        with site.app_context():
            write_mailing(readers)
        while sink.letters < 100:
            time.sleep(0.05)
        begun, before = time.monotonic(), sink.letters
        waits = [p95(server, path) for _ in range(3)]
        codes = []
        for number in range(CODES):
            codes.append(ask(server, sink, f"new{number}@example.org"))
            time.sleep(APART_SECONDS)
        left, took = sink.letters - before, time.monotonic() - begun
        assert sink.letters < readers, f"the mailing was over after {took:.0f} s: take more readers"
    finally:
        worker.kill()
    meanwhile = statistics.median(waits)
    return {
        "slowest_code_seconds": round(max(codes), 2), "median_code_seconds": round(statistics.median(codes), 2),
        "letters_per_second": round(left / took), "calm_p95_ms": statistics.median(calm), "p95_ms": meanwhile,
        "ratio": round(meanwhile / statistics.median(calm), 2),
    }  # fmt: skip


def write_mailing(readers: int) -> None:
    """A mailing to so many, of two times four kilobytes."""
    circular = Circular(
        language="fr", subject=["Nouvelles de Valclair"], text=["Bonjour ", "name", f",\n\n{TEXT}"],
        html=["<p>Bonjour ", "name", f",</p>\n{HTML}"], created_at=clock.now(),
    )  # fmt: skip
    db.session.add(circular)
    db.session.flush()
    copies = (Copy(f"r{n}@reader.example", f"m:{n}", {"name": str(n)}) for n in range(readers))
    outbox.enqueue_circular(circular.id, copies, send_at=clock.now())
    db.session.commit()


def ask(server: serve.Server, sink: Timing, address: str) -> float:
    """Ask for a code by the page; seconds until the mail server has it."""
    headers = {
        "Host": server.host,
        "X-Forwarded-Proto": "https",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    begun = time.monotonic()
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=30)) as connection:
        connection.request("POST", "/en/sign-in", urlencode({"email": address}), headers)
        assert connection.getresponse().status == 303
    while address not in sink.came:
        assert time.monotonic() - begun < 60, "no code within a minute"
        time.sleep(0.005)
    return sink.came[address] - begun


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:2]))
