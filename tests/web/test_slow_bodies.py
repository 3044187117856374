"""Whoever sends slowly waits alone: the site as it is served answers everybody else meanwhile (A41, F12)."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.core import migrating
from app.core.bodies import LARGEST_FORM
from app.core.db import db
from app.core.policy import Role
from app.factory import create_app
from tests.bench.serve import memory_mb
from tests.conftest import make_settings
from tests.web.callers import signed_in
from tests.web.proxied import Proxied, answer_on, proxied

PLAIN = "Content-Type: application/x-www-form-urlencoded"
FILE = "Content-Type: multipart/form-data; boundary=x"
SENDERS = 60
SOON_SECONDS = 3
"""An answer comes in a few hundredths of a second; before forms were held back, never while sixty senders went on."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Proxied, str]]:
    """A served site and the cookie of an officer."""
    folder = tmp_path_factory.mktemp("served")
    settings = make_settings(f"sqlite:///{folder}/civic.db", folder)
    app = create_app(settings)
    with app.app_context():
        migrating.migrate()
    cookie = signed_in(app, "marta@valclair.example", Role.OFFICER).get_cookie(
        "__Host-civic", domain=settings.hostname
    )
    assert cookie
    with app.app_context():
        db.engine.dispose()
    with proxied(settings, folder) as site:
        yield site, f"Cookie: __Host-civic={cookie.value}"


def others_are_answered(site: Proxied, lines: list[socket.socket], drip: bytes = b"a") -> None:
    """Let every sender send one more piece, four times, with another visitor after each."""
    for _ in range(4):
        for line in lines:
            try:
                line.sendall(drip)
            except OSError:
                continue  # refused already
        answer, took = site.ask("GET /en/accessibility")
        assert answer.startswith("HTTP/1.1 200"), answer[:200]
        assert took < SOON_SECONDS


def test_sixty_slow_forms_stop_nobody(served: tuple[Proxied, str]) -> None:
    site, _ = served
    with ExitStack() as open_lines:
        begun = [
            site.begin("POST /en/sign-in", PLAIN, "Content-Length: 5000", body=b"email=")
            for _ in range(SENDERS)
        ]
        lines = [open_lines.enter_context(line) for line in begun]
        time.sleep(1)
        others_are_answered(site, lines)


def test_a_form_larger_than_forms_are_is_refused_before_it_has_come_in(served: tuple[Proxied, str]) -> None:
    site, _ = served
    piece = b"email=" + b"a" * (LARGEST_FORM + 60_000)
    with ExitStack() as open_lines:
        for _ in range(SENDERS // 3):
            line = open_lines.enter_context(
                site.begin("POST /en/sign-in", PLAIN, "Content-Length: 5000000", body=piece)
            )
            line.settimeout(SOON_SECONDS)
            assert re.match(r"HTTP/1\.1 (413|502)", line.recv(100).decode())
        others_are_answered(site, [])


def test_a_form_of_unknown_length_waits_for_its_end_alone(served: tuple[Proxied, str]) -> None:
    """No browser sends one. Go's server looks for its end before it answers; no thread of the site does."""
    site, _ = served
    chunked = "Transfer-Encoding: chunked"
    with ExitStack() as open_lines:
        lines = []
        for size in (100, LARGEST_FORM + 60_000):
            piece = f"{size:x}\r\n".encode() + b"a" * size + b"\r\n"
            for _ in range(SENDERS // 3):
                line = site.begin("POST /en/sign-in", PLAIN, chunked, body=piece)
                lines.append(open_lines.enter_context(line))
        others_are_answered(site, lines, drip=b"1\r\na\r\n")
    whole = b"7\r\nemail=a\r\n0\r\n\r\n"
    assert site.ask("POST /en/sign-in", PLAIN, chunked, body=whole)[0].startswith("HTTP/1.1 411")


def test_many_forms_that_wait_take_a_bounded_part_of_the_proxy(served: tuple[Proxied, str]) -> None:
    """The proxy keeps at most what the site reads of a form, and not what a file may have."""
    site, cookie = served
    piece = b"email=" + b"a" * (LARGEST_FORM - 100)
    before = memory_mb(site.caddy)
    with ExitStack() as open_lines:
        for _ in range(200):
            open_lines.enter_context(
                site.begin("POST /en/sign-in", PLAIN, f"Content-Length: {LARGEST_FORM}", body=piece)
            )
        time.sleep(2)
        others_are_answered(site, [])
        grown = memory_mb(site.caddy) - before
    assert grown < 200 * 1.2


def test_officers_who_send_files_slowly_hold_half_of_the_threads_and_are_told(
    served: tuple[Proxied, str],
) -> None:
    site, cookie = served
    piece = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pb"\r\n\r\n' + b"a" * 400_000
    upload = ("POST /en/office/budgets/new", FILE, cookie, "Content-Length: 9000000")
    with ExitStack() as open_lines:
        begun = [site.begin(*upload, body=piece) for _ in range(SENDERS)]
        lines = [open_lines.enter_context(line) for line in begun]
        others_are_answered(site, lines)
        answered = []
        for line in lines:
            line.settimeout(0.1)
            try:
                answered.append(answer_on(line))
            except TimeoutError:
                continue
        assert len(lines) - len(answered) == 4, "two of four threads in each of two processes go on reading"
        assert all(re.match(r"HTTP/1\.1 50[23]", answer) and "Retry-After" in answer for answer in answered)


def test_a_file_of_many_megabytes_still_arrives(served: tuple[Proxied, str]) -> None:
    site, cookie = served
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pb"\r\n\r\n' + b"a" * 9_000_000
    body += b"\r\n--x--\r\n"
    answer, _ = site.ask(
        "POST /en/office/budgets/new", FILE, cookie, f"Content-Length: {len(body)}", body=body
    )
    assert answer.startswith("HTTP/1.1 403")  # it was read to its end: it has no token
