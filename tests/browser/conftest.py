"""Debian's Chromium before a real server: the fixtures every browser test shares, axe-core, and what a page weighs."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Response, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

WIDTHS = (320, 390, 768, 1280)
# Rules of WCAG 2.2 AA and axe's good practice; what axe cannot decide ("incomplete") is not counted.
AXE_OPTIONS = {"resultTypes": ["violations"]}


class _Quiet(WSGIRequestHandler):
    """Says nothing of each request."""

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing."""


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The app on a free port of this machine; yields its address. The app must be a trial (it answers to localhost)."""
    server = make_server("localhost", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed (apt install chromium)")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium: Browser) -> Iterator[Page]:
    """A page of a fresh visitor, 1280 wide; any script error or blocked content fails the test at its end."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 900}, locale="en-GB", reduced_motion="reduce"
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    yield page
    context.close()
    assert not complaints, f"the browser complained: {complaints}"


def axe(page: Page, **options: object) -> list[str]:
    """What axe-core finds wrong on the page as it stands: one line a fault with its rule and place."""
    found = Axe().run(page, options={**AXE_OPTIONS, **options}).response["violations"]
    return [f"{rule['id']}: {rule['help']} at {node['target']}" for rule in found for node in rule["nodes"]]


def overflows(page: Page) -> bool:
    """Whether the page must be scrolled sideways; one that is on its way is waited for."""
    page.wait_for_function("document.documentElement && document.readyState === 'complete'")
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def look(tab: Page, url: str, status: int = 200) -> None:
    """Open the page: narrow and wide it must fit, and have no fault; of those in English it is the wide one that is judged."""
    answer = tab.goto(url)
    assert answer is not None
    assert answer.status == status, url
    for width in (320, 1280) if "/en" in url else (1280, 320):
        tab.set_viewport_size({"width": width, "height": 900})
        assert not overflows(tab), f"{url} is wider than its window"
    inspect(tab)


def inspect(tab: Page) -> None:
    """The page as it stands must fit and have no fault."""
    assert not overflows(tab), f"{tab.url} is wider than its window"
    assert axe(tab) == [], tab.url


@dataclass
class Weight:
    """What a first view costs: requests, bytes by kind as sent compressed, hosts asked, cookies left."""

    requests: int = 0
    html: int = 0
    code: int = 0
    total: int = 0
    hosts: set[str] = field(default_factory=set)
    cookies: int = 0


def weigh(page: Page, url: str) -> Weight:
    """Open `url` as a new visitor and weigh it; text counts as gzip would send it."""
    weight = Weight()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="networkidle")
    for answer in answers:
        kind = answer.headers.get("content-type", "")
        body = answer.body() if answer.ok else b""
        size = (
            len(gzip.compress(body)) if "text" in kind or "svg" in kind or "javascript" in kind else len(body)
        )
        weight.requests += 1
        weight.total += size
        weight.html += size if "html" in kind else 0
        weight.code += size if "css" in kind or "javascript" in kind else 0
        weight.hosts.add(answer.url.split("/")[2])
    weight.cookies = len(page.context.cookies())
    return weight
