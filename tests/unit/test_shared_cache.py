"""The one-second cache in front of the site keeps what may be shared and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, request
from werkzeug.test import Client

from app.core.shared_cache import ENTRIES, MOST_BYTES, SharedCache, shared


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


def test_big_pages_under_invented_addresses_do_not_fill_the_memory() -> None:
    app, size = Flask(__name__), 1024 * 1024
    cache = SharedCache(app.wsgi_app)
    app.add_url_rule("/", "big", shared(lambda: "x" * size))
    app.wsgi_app = cache  # type: ignore[method-assign]
    client = Client(app, use_cookies=False)
    for number in [*range(40), *range(40)]:
        client.get(f"/?q={number}")
    kept = sum(len(content) for *_, content in cache._kept.values())
    assert MOST_BYTES - size <= kept <= MOST_BYTES


def test_an_answer_with_a_cookie_or_under_another_script_name_is_not_shared() -> None:
    app = Flask(__name__)

    @app.get("/")
    @shared
    def one() -> str:
        return f"root {request.script_root}"

    @app.after_request
    def bake(answer: Any) -> Any:
        if request.args:
            answer.set_cookie("a", request.args["a"])
        return answer

    cache = SharedCache(app.wsgi_app)
    client = Client(cache, use_cookies=False)
    assert client.get("/", environ_overrides={"SCRIPT_NAME": "/evil"}).text == "root /evil"
    assert client.get("/").text == "root "
    assert ["a=1" in client.get("/?a=1").headers["Set-Cookie"] for _ in range(2)] == [True, True]
    assert {key[1:] for key in cache._kept} == {("/evil", "/", ""), ("", "/", "")}
