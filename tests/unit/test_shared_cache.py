"""The one-second cache in front of the site keeps what may be shared and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from werkzeug.test import Client

from app.core.shared_cache import ENTRIES, SharedCache, shared


def make_site() -> tuple[Client, list[str]]:
    """A site that notes each page it really makes."""
    app, made = Flask(__name__), []

    @app.get("/<name>")
    @shared
    def one(name: str) -> Any:
        g.me = request.cookies.get("civic")
        made.append(request.full_path)
        return ("gone", 404) if name == "gone" else f"page {name} for {g.me}"

    app.wsgi_app = SharedCache(app.wsgi_app)  # type: ignore[method-assign]
    return Client(app, use_cookies=False), made


def test_a_crowd_before_one_page_has_it_made_once() -> None:
    client, made = make_site()
    assert {client.get("/a").text for _ in range(50)} == {"page a for None"}
    assert made == ["/a?"]


def test_a_signed_in_reader_neither_fills_nor_reads_the_cache() -> None:
    client, made = make_site()
    signed_in = {"Cookie": "civic=secret"}
    assert client.get("/a", headers=signed_in).text == "page a for secret"
    assert "s-maxage" not in client.get("/a", headers=signed_in).headers.get("Cache-Control", "")
    assert client.get("/a").text == "page a for None"
    assert client.get("/a", headers=signed_in).text == "page a for secret"
    assert len(made) == 4


def test_other_addresses_and_hosts_and_refusals_are_not_mixed_up() -> None:
    client, made = make_site()
    for path in ("/a", "/a?page=2", "/b"):
        client.get(path)
    client.get("/a", headers={"Host": "other.example"})
    assert [client.get("/gone").status_code for _ in range(2)] == [404, 404]
    assert len(made) == 6


def test_the_cache_does_not_grow_without_end() -> None:
    client, made = make_site()
    for number in range(ENTRIES + 1):
        client.get(f"/p{number}")
    client.get(f"/p{ENTRIES}")
    client.get("/p0")
    assert len(made) == ENTRIES + 2
