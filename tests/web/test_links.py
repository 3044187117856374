"""The links of letters are looked at by the worker, from the public net's side of things: real servers, good and bad ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mailings import links, looking
from app.mailings.models import LinkLook
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.readers import draft, reader
from tests.web.sms_server import SmsServer

AGENT = "civic"


class Pages(BaseHTTPRequestHandler):
    """Answers by the path: a status, or some way to be a bad server."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        word = self.path.strip("/").partition("?")[0]
        if word == "drip":
            for _ in range(100):
                self.wfile.write(b"H")
                time.sleep(0.05)
        elif word == "hang":
            time.sleep(2)
        elif word == "noise":
            self.wfile.write(b"\x00\xff" * 50)
        elif word.isdigit():
            self.send_response(int(word))
            self.end_headers()
        else:
            self.send_response(302)
            self.send_header(
                "Location", {"moved": "/200", "inside": "http://127.0.0.2/"}.get(word, self.path)
            )
            self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def origin(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Where a server answers whose address counts as a public one."""
    monkeypatch.setattr(looking, "may_ask", lambda address, port: address == "127.0.0.1")
    Pages.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("200", looking.ALIVE), ("moved", looking.ALIVE), ("403", looking.ALIVE), ("429", looking.ALIVE), ("404", "404"),
        ("410", "410"), ("503", "503"), ("round", looking.SILENT), ("inside", looking.INSIDE), ("hang", looking.SILENT),
        ("drip", looking.SILENT), ("noise", looking.SILENT),
    ],
)  # fmt: skip
def test_what_answers_is_told(origin: str, monkeypatch: pytest.MonkeyPatch, word: str, found: str) -> None:
    monkeypatch.setattr(looking, "SECONDS", 0.5)
    begun = time.monotonic()
    assert looking.look_at(f"{origin}/{word}?a=1", AGENT) == found
    assert time.monotonic() - begun < 4


def test_no_machine_inside_a_network_is_asked(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    port = origin.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"):
        assert looking.look_at(f"http://{host}:{port}/200", AGENT) in (looking.INSIDE, looking.SILENT), host
    for host in (
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::a00:1]",
    ):
        assert looking.look_at(f"http://{host}/", AGENT) == looking.INSIDE, host
    assert Pages.asked == []


def test_ports_behind_the_firewall_of_the_host_itself_are_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "is_public", lambda address: True)
    assert [looking.may_ask("127.0.0.1", port) for port in (443, 5432)] == [True, False]
    assert looking.may_ask("203.0.114.7", 8443)


def test_a_certificate_that_nobody_trusts_is_told(origin: str, tmp_path: Path) -> None:
    with SmsServer(tmp_path).serving() as server:
        assert looking.look_at(server.origin, AGENT) == looking.UNTRUSTED


def test_an_officer_reads_which_links_lead_nowhere_and_may_send_all_the_same(app: Flask, origin: str) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    body = f"[a]({origin}/200) [b]({origin}/404#part) [c](/en/budgets/never-made) [d](/en/privacy) [e](mailto:x@y.example)"
    with app.app_context():
        reader("r@example.org")
        mailing = draft(texts={"en": {"subject": "News", "body": body}})
        place = f"/en/office/mailings/{mailing.id}/review"
    assert "open this page again in a minute" in page(officer.get(place))
    with app.app_context():
        links.look()
    html = page(officer.get(place))
    assert f"There is no page at “{origin}/404”." in html
    assert "There is no page at “https://participe.valclair.example/en/budgets/never-made”." in html
    assert html.count("There is no page at") == 2
    assert Pages.asked == ["/200", "/404"]
    form = {"revision": "1", "shown": "1", "count": "1", "when": "now"}
    assert send(officer, place, place, **form).status_code == 303


def test_what_was_found_counts_for_a_while_and_is_forgotten(
    app: Flask, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pass_by(span: timedelta) -> None:
        now = clock.now() + span
        monkeypatch.setattr(clock, "now", lambda: now)

    with app.app_context():
        for span, asked in ((timedelta(0), 1), (timedelta(hours=1), 1), (links.FRESH, 2)):
            pass_by(span)
            links.wish_for([f"{origin}/200", "https://a.example/" + "x" * 3_000])
            links.look()
            assert (len(Pages.asked), links.found_of([f"{origin}/200"])) == (asked, {f"{origin}/200": ""})
        pass_by(timedelta(days=60))
        links.look()
        assert db.session.scalars(select(LinkLook)).all() == []
