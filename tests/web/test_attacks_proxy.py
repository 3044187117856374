"""What a request may say about where the site is: nothing. Through the real gunicorn on its socket (A26, A42)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from tests.conftest import make_settings
from tests.web.site_process import environment
from tests.web.towns import open_budget

Call = Callable[..., str]


@pytest.fixture(scope="module")
def call(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    """Sends one request with these headers to a running site and returns the whole answer."""
    folder = tmp_path_factory.mktemp("site")
    settings = make_settings(f"sqlite:///{folder}/civic.db", folder, web_workers="1")
    app = create_app(settings)
    with app.app_context():
        migrating.migrate()
    open_budget(app)
    with app.app_context():
        db.engine.dispose()
    path = f"{folder}/web.sock"
    words = ["-m", "gunicorn", "--config", "python:app.gunicorn_settings", "--bind", f"unix:{path}"]
    web = subprocess.Popen(
        [sys.executable, *words, "app.wsgi:app"], env=environment(settings), stderr=subprocess.DEVNULL
    )

    def send(target: str, *headers: str, host: str = "participe.valclair.example") -> str:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(20)
            line.connect(path)
            head = [f"GET {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers]
            line.sendall("\r\n".join([*head, "", ""]).encode())
            return b"".join(iter(lambda: line.recv(65536), b"")).decode()

    try:
        until = time.monotonic() + 60
        while True:
            try:
                send("/healthz")
                break
            except OSError:
                assert time.monotonic() < until, "gunicorn does not answer"
                time.sleep(0.1)
        yield send
    finally:
        web.terminate()
        web.wait(30)


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "X-Forwarded-Prefix"])
def test_no_header_moves_the_links_of_a_page_or_of_the_kept_one(call: Call, header: str) -> None:
    """gunicorn takes SCRIPT_NAME from whoever speaks on its socket, and Caddy hands on what a client sends."""
    for _ in range(2):
        assert 'href="//evil.example' not in call("//evil.example/en/", f"{header}: //evil.example")
        kept = call("/en/")
        assert kept.startswith("HTTP/1.1 200")
        assert "//evil.example" not in kept


@pytest.mark.parametrize(
    "header", ["X-Forwarded-Host", "X-Original-Url", "X-Rewrite-Url", "Forwarded", "X-Forwarded-Server"]
)
def test_no_forwarded_header_enters_a_page(call: Call, header: str) -> None:
    assert "evil.example" not in call("/en/", f"{header}: evil.example")
    assert "evil.example" not in call("/en/")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "participe.valclair.example.evil.example",
        "participe.valclair.example@evil.example",
        "",
    ],
)
def test_an_answer_to_a_foreign_host_is_refused_and_not_kept(call: Call, host: str) -> None:
    for target in ("/en/", "/en/sign-in", "/face/nothing", "/"):
        answer = call(target, host=host)
        assert answer.startswith("HTTP/1.1 400")
        assert "://evil" not in answer
    assert call("/en/").startswith("HTTP/1.1 200")


def test_what_a_cookie_or_a_language_header_asks_for_does_not_enter_the_kept_page(call: Call) -> None:
    plain = call("/en/").partition("\r\n\r\n")[2]
    call("/en/", "Accept-Language: es", "Accept: application/json", "X-Requested-With: XMLHttpRequest")
    call("/en/", "Cookie: __Host-civic=planted; civic_ballot=planted")
    again = call("/en/", "Accept-Language: fr")
    assert again.partition("\r\n\r\n")[2] == plain
    assert "Set-Cookie" not in again
