"""Two hundred residents sign in at once through gunicorn, the worker and a real mail server."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.settings import Settings
from tests.conftest import make_settings
from tests.web.letters import code_in
from tests.web.site_process import Worker, environment
from tests.web.smtp_sink import Sink, start_sink

CROWD = 200


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[tuple[int, Settings, Sink]]:
    """A site as it runs on a host: web processes, worker, mail server; the port of the web."""
    sink, controller = start_sink()
    settings = make_settings(database_url, tmp_path, smtp_port=str(controller.port))
    app = create_app(settings)
    with app.app_context():
        migrating.migrate()
        db.engine.dispose()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        "-m",
        "gunicorn",
        "--config",
        "python:app.gunicorn_settings",
        "--bind",
        f"127.0.0.1:{port}",
        "app.wsgi:app",
    ]
    web = subprocess.Popen([sys.executable, *words], env=environment(settings), stderr=subprocess.DEVNULL)
    worker = Worker(settings)
    try:
        _wait_until_it_answers(port)
        yield port, settings, sink
    finally:
        web.terminate()
        worker.kill()
        web.wait(30)
        controller.stop()


def _wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            call(port, "GET", "/healthz")
            return
        except OSError:
            assert time.monotonic() < until, "gunicorn does not answer"
            time.sleep(0.2)


def call(port: int, method: str, path: str, **fields: str) -> tuple[int, str, str]:
    """Status, target of a redirect and cookie of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": "participe.valclair.example", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urlencode(fields) if fields else None, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("Location") or "", answer.getheader("Set-Cookie") or ""


def test_two_hundred_residents_sign_in_at_once_by_mailed_code(running: tuple[int, Settings, Sink]) -> None:
    port, _, sink = running
    waited: list[float] = []

    def arrive(number: int) -> str:
        address = f"resident{number}@example.org"
        status, where, _ = call(port, "POST", "/en/sign-in", email=address)
        assert status == 303
        asked = time.monotonic()
        while not sink.texts_to(address):
            assert time.monotonic() - asked < 60, "the code did not arrive"
            time.sleep(0.05)
        waited.append(time.monotonic() - asked)
        status, where, cookie = call(port, "POST", where, code=code_in(sink.texts_to(address)[0]))
        assert (status, where.split("?")[0]) == (303, "/en/welcome")
        found = re.match(r"__Host-civic=([\w-]+)", cookie)
        assert found
        return found.group(1)

    with ThreadPoolExecutor(50) as crowd:
        tokens = list(crowd.map(arrive, range(CROWD)))
    assert len(set(tokens)) == CROWD
    print(f"code waited: median {sorted(waited)[CROWD // 2]:.2f} s, longest {max(waited):.2f} s")
