"""The parts of an upgrade that need no host: what a prober sees, what a crawl misses, what lies ahead, the hours of security."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from app.core import schema
from cli import parcel
from cli.lifecycle.ask import Answer
from cli.upgrade import crawl, outlook
from cli.upgrade.arrival import is_within
from cli.upgrade.prober import Prober, Seen


class Pages(ThreadingHTTPServer):
    """A small site: `texts` by path, `slow` seconds by path; what is not there is a 404, an empty text a 500."""

    def __init__(self, texts: dict[str, str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.texts = texts
        self.slow: dict[str, float] = {}

    def ask(self, path: str) -> Answer:
        """A page over a real connection."""
        link = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=10)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return Answer(answer.status, {}, answer.read().decode())
        except OSError as error:
            return Answer(0, {}, str(error))
        finally:
            link.close()


class _Handler(BaseHTTPRequestHandler):
    server: Pages

    def do_GET(self) -> None:  # noqa: N802 - the name that the server calls
        text = self.server.texts.get(self.path)
        time.sleep(self.server.slow.get(self.path, 0))
        body = (text or "").encode()
        self.send_response(200 if text else 500 if text == "" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def pages() -> Iterator[Pages]:
    server = Pages({"/": '<a href="/a">A</a> <a class="x" href="/b?page=2#end">B</a> <a href="https://x/">X</a>',
                    "/a": '<a href="/">back</a>', "/b": "B"})  # fmt: skip
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_crawl_reads_what_can_be_reached_and_nothing_elsewhere(pages: Pages) -> None:
    assert sorted(crawl.crawl(pages.ask, ["/"])) == ["/", "/a", "/b"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"/a": ""}, "/a answers 500 (now 200)"),
        ({"/a": None}, "/a is gone: 404"),
        ({}, ""),
        ({"/a": "other words"}, ""),
    ],
)
def test_a_page_that_fails_or_vanishes_is_a_fault_and_another_look_is_not(
    pages: Pages, change: dict[str, str | None], fault: str
) -> None:
    old = crawl.crawl(pages.ask, ["/"])
    pages.texts = {path: text for path, text in {**pages.texts, **change}.items() if text is not None}
    new = crawl.visit_all(pages.ask, list(old))
    assert crawl.find_faults(old, new) == ([fault] if fault else [])
    assert crawl.count_changed(old, new) == bool(change)


def test_a_page_that_became_slow_is_a_fault_and_one_that_was_slow_once_is_not(pages: Pages) -> None:
    old = crawl.crawl(pages.ask, ["/"])
    pages.slow["/a"] = crawl.SLOW_SECONDS + 0.3
    assert crawl.find_faults(old, crawl.visit_all(pages.ask, list(old)))[0].startswith("/a takes 1.")
    threading.Timer(0.5, pages.slow.clear).start()
    assert crawl.find_faults(old, crawl.visit_all(pages.ask, list(old))) == []


def test_a_prober_counts_what_residents_meet_with(pages: Pages) -> None:
    prober = Prober(pages.ask, ["/", "/a"])
    prober.stop()
    assert prober.seen() == Seen()
    prober = Prober(pages.ask, ["/", "/a"])
    prober.start()
    time.sleep(0.5)
    calm, moment = prober.seen(), prober.mark()
    pages.texts["/a"] = ""
    time.sleep(0.5)
    prober.stop()
    after = prober.seen(moment)
    assert (calm.requests > 5, calm.failed, calm.find_fault(Seen())) == (True, 0, "")
    assert 0 < after.failed < after.requests
    assert "/a: 500" in after.find_fault(calm)


def test_residents_are_worse_off_when_too_many_fail_or_all_wait() -> None:
    calm = Seen(requests=100, p99_ms=100)
    assert Seen(requests=1000, failed=10).find_fault(calm) == ""
    assert "11 of 1000" in Seen(requests=1000, failed=11, failure="/: 0").find_fault(calm)
    assert Seen(requests=100, p99_ms=1900).find_fault(calm) == ""
    assert "2100 ms" in Seen(requests=100, p99_ms=2100).find_fault(calm)
    assert Seen(1742, 0, 140).in_words() == "1,742 requests, 0 failed, slowest 140 ms"


def test_what_lies_ahead_names_the_migrations_that_the_database_has_not_had(tmp_path: Path) -> None:
    packed = parcel.pack(tmp_path)
    ahead = list(outlook._migrations(packed, f"{int(schema.head()) - 1:04}"))
    assert len(ahead) == 1
    assert not ahead[0].startswith("Expand")
    assert list(outlook._migrations(packed, schema.head())) == []


@pytest.mark.parametrize(
    ("hours", "now", "within"),
    [
        ("02:00-05:00", "02:00", True), ("02:00-05:00", "04:59", True), ("02:00-05:00", "05:00", False),
        ("22:00-05:00", "23:30", True), ("22:00-05:00", "04:00", True), ("22:00-05:00", "12:00", False),
        ("", "03:00", False),
    ],
)  # fmt: skip
def test_security_releases_come_in_their_hours_only(hours: str, now: str, within: bool) -> None:
    assert is_within(hours, now) is within
