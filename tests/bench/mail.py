"""How fast the outbox is emptied, against two bare loops to the same smtp-sink: `python -m tests.bench.mail [LETTERS]`.

One floor builds an EmailMessage for each reader, the other sends bytes built before. Postfix's smtp-sink takes whatever comes.
"""

from __future__ import annotations

import json
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from flask import Flask

from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox
from app.mail.circulars import Circular
from app.mail.outbox import Copy
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site

SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
TEXT = "Le conseil de Valclair vous demande ce qu'il faut faire de la place de la gare.\n" * 45
HTML = "".join(f"<p>{line}</p>\n" for line in TEXT.splitlines())


@contextmanager
def sink() -> Iterator[int]:
    """An smtp-sink on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [str(SINK), "-u", "nobody", "-c", f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def build(reader: int) -> bytes:
    """A reader's copy, as Python's own mail package makes it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = "Valclair <mairie@valclair.example>", f"r{reader}@reader.example"
    mail["Subject"], mail["Message-ID"] = "Nouvelles de Valclair", f"<{reader:032x}@valclair.example>"
    mail.set_content(f"Bonjour {reader},\n\n{TEXT}")
    mail.add_alternative(f"<p>Bonjour {reader},</p>\n{HTML}", subtype="html")
    return mail.as_bytes()


def bare(port: int, letters: int, connections: int, content: Callable[[int], bytes]) -> float:
    """Letters a second of a loop that does nothing else."""

    def serve(first: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for reader in range(first, letters, connections):
                server.sendmail("mairie@valclair.example", [f"r{reader}@reader.example"], content(reader))

    begun = time.monotonic()
    with ThreadPoolExecutor(connections) as pool:
        list(pool.map(serve, range(connections)))
    return letters / (time.monotonic() - begun)


def own(app: Flask, letters: int, connections: int) -> tuple[float, float]:
    """Letters a second, and seconds that it took to put them in the outbox."""
    app.config["CIVIC"] = replace(app.config["CIVIC"], mail_connections=connections)
    circular = Circular(
        language="fr", subject=["Nouvelles de Valclair"], text=["Bonjour ", "name", f",\n\n{TEXT}"],
        html=["<p>Bonjour ", "name", f",</p>\n{HTML}"], created_at=clock.now(),
    )  # fmt: skip
    db.session.add(circular)
    db.session.flush()
    begun = time.monotonic()
    copies = (
        Copy(
            f"r{n}@reader.example",
            f"{circular.id}:{n}",
            {"name": str(n), "unsubscribe_url": f"https://x.example/{n}"},
        )
        for n in range(letters)
    )
    outbox.enqueue_circular(circular.id, copies, send_at=clock.now())
    db.session.commit()
    prepared, left, begun = time.monotonic() - begun, 0, time.monotonic()
    while left < letters:
        left += delivery.deliver()
    return letters / (time.monotonic() - begun), prepared


def measure(letters: int) -> list[dict[str, float]]:
    """With one connection and with four."""
    found = []
    with cluster(is_durable=True) as address, sink() as port, tempfile.TemporaryDirectory() as folder:
        settings = make_settings(address, Path(folder), smtp_port=str(port))
        with empty_site(settings) as app, app.app_context():
            built = [build(0)] * letters
            for connections in (1, 4):
                anew = bare(port, letters, connections, build)
                before = bare(port, letters, connections, built.__getitem__)
                rate, prepared = own(app, letters, connections)
                found.append(
                    {"connections": connections, "letter_bytes": len(built[0]), "per_second": round(rate),
                     "building_per_second": round(anew), "built_before_per_second": round(before),
                     "of_building": round(rate / anew, 2), "of_built_before": round(rate / before, 2),
                     "prepared_100000_seconds": round(prepared * 100_000 / letters, 1)}
                )  # fmt: skip
    return found


if __name__ == "__main__":
    for line in measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5000):
        print(json.dumps(line))
