"""The site under gunicorn and PostgreSQL, against a bare Flask beside it; and a crowd that votes."""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from flask import Flask

from app import settings as site_settings
from app.ballots import queries as ballots
from app.core.db import db
from app.people import service as people
from app.processes import queries as processes
from app.settings import Settings
from app.sign_in import sessions
from tests.bench import serve
from tests.conftest import make_settings
from tests.postgres import cluster
from tests.sites import empty_site
from tests.web.towns import META, open_budget

pytestmark = pytest.mark.bench

VOTERS = 600
CONNECTIONS = 16


def texts(settings: Settings) -> dict[str, str]:
    """The settings as environment variables."""
    given = {"site_name": settings.site_name, "hostname": settings.hostname, "contact_email": settings.contact_email,
             "admin_email": settings.admin_email, "smtp_host": settings.smtp_host, "smtp_security": "none",
             "secret_key": settings.secret_key, "database_url": settings.database_url,
             "uploads_dir": settings.uploads_dir}  # fmt: skip
    return {site_settings.env_name(name): text for name, text in given.items()}


def pb_of(projects: int) -> bytes:
    """A budget of that many projects, all of which fit."""
    head = ["META", "key;value", *(f"{key};{value}" for key, value in META.items()), "PROJECTS"]
    rows = [f"{n};{n % 9 + 1};A square of trees, number {n};Nature;Station" for n in range(1, projects + 1)]
    return "\n".join(
        [*head, "project_id;cost;name;category;district", *rows, "VOTES", "voter_id;vote\n"]
    ).encode()


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Settings]]:
    """A site with an open budget of 20 projects and one of 100, on a durable PostgreSQL."""
    with cluster(is_durable=True) as address:
        settings = make_settings(address, tmp_path_factory.mktemp("site"))
        with empty_site(settings) as app:
            open_budget(app, pb_of(20))
            open_budget(app, pb_of(100))
            yield app, settings


@pytest.fixture(scope="module")
def site(town: tuple[Flask, Settings]) -> Iterator[serve.Server]:
    """That site under gunicorn as in service."""
    with serve.serve(
        "app.wsgi:app", texts(town[1]), town[1].hostname, "--config", "python:app.gunicorn_settings"
    ) as made:
        yield made


@contextmanager
def bare(settings: Settings, size: int = 0) -> Iterator[serve.Server]:
    """The floor on the same database: a page of that many bytes, a list of 20 rows."""
    env = {"FLOOR_DATABASE_URL": settings.database_url, "FLOOR_BYTES": str(size)}
    fill = "from tests.bench import floor; floor.fill()"
    subprocess.run([sys.executable, "-c", fill], check=True, cwd=serve.ROOT, env={**os.environ, **env})
    with serve.serve("tests.bench.floor:app", env, "localhost") as made:
        yield made


def slugs(app: Flask) -> list[str]:
    """The two budgets, the small one first."""
    from app.processes import queries

    with app.app_context():
        return [
            process.slug for process in sorted(queries.list_processes(published=True), key=lambda one: one.id)
        ]


def test_anonymous_pages_keep_up_with_a_bare_flask(town: tuple[Flask, Settings], site: serve.Server) -> None:
    """A process page ≥ 0.6 × a bare page of the same size; a list of 20 rows ≥ 0.5 × a bare list through SQLAlchemy."""
    small, _ = slugs(town[0])
    page, rows = f"/en/budgets/{small}", f"/en/budgets/{small}/projects"
    size = len(site.get(page))
    with bare(town[1], size) as floor:
        bare_page, bare_list = floor.rate("/page"), floor.rate("/list")
    own_page, own_list = site.rate(page), site.rate(rows)
    print(
        f"process page {own_page:.0f}/s of {size} bytes, bare {bare_page:.0f}/s: {own_page / bare_page:.2f}"
    )
    print(
        f"list of 20 {own_list:.0f}/s of {len(site.get(rows))} bytes, bare {bare_list:.0f}/s: {own_list / bare_list:.2f}"
    )
    assert own_page >= 0.6 * bare_page
    assert own_list >= 0.5 * bare_list


def test_web_and_worker_at_rest_fit_into_250_megabytes(
    town: tuple[Flask, Settings], site: serve.Server
) -> None:
    """After pages have been served; proportional memory, so that what processes share counts once."""
    for slug in slugs(town[0]):
        site.get(f"/en/budgets/{slug}/projects")
    words = [sys.executable, "-m", "app", "worker"]
    worker = subprocess.Popen(
        words,
        cwd=serve.ROOT,
        env={**os.environ, **serve.AS_IN_UNITS, **texts(town[1])},
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(5)
        assert worker.poll() is None
        web, behind = serve.memory_mb(site.pid), serve.memory_mb(worker.pid)
    finally:
        worker.terminate()
        worker.wait(timeout=30)
    print(f"web {web:.0f} MB + worker {behind:.0f} MB = {web + behind:.0f} MB")
    assert web + behind <= 250


def test_a_complete_vote_keeps_up_with_five_bare_answers(
    town: tuple[Flask, Settings], site: serve.Server
) -> None:
    """A vote is five answers: open the ballot, send the choices, check them, confirm, see the confirmation.

    Floor: the same crowd before a bare Flask on the same database; three lists of 20 rows, two rows added and committed.
    """
    app, settings = town
    _, slug = slugs(app)
    voters = [Voter(site, slug) for _ in range(CONNECTIONS)]
    rate, p95 = crowd([voter.vote for voter in voters], sign_in(app, VOTERS))
    with app.app_context():
        counts = ballots.count(processes.get_process(slug).id)
    assert counts.agree, counts
    assert counts.roll == VOTERS
    with bare(settings) as floor:
        floor_rate, _ = crowd([Voter(floor, "").add for _ in range(CONNECTIONS)], [""] * VOTERS)
    print(
        f"{rate:.0f} complete votes a second, p95 of an answer {p95 * 1000:.0f} ms; "
        f"bare {floor_rate:.0f}: {rate / floor_rate:.2f}"
    )
    assert rate >= 0.2 * floor_rate


def crowd(acts: list[Callable[[str], list[float]]], given: list[str]) -> tuple[float, float]:
    """Each act is repeated by a thread of its own over its part of `given`; returns acts a second and p95 of the answers."""
    waits: list[float] = []

    def repeat(act: Callable[[str], list[float]], part: list[str]) -> None:
        for one in part:
            waits.extend(act(one))

    began = time.perf_counter()
    with ThreadPoolExecutor(len(acts)) as pool:
        done = [pool.submit(repeat, act, given[at :: len(acts)]) for at, act in enumerate(acts)]
        for one in done:
            one.result()
    return len(given) / (time.perf_counter() - began), statistics.quantiles(waits, n=20)[-1]


def sign_in(app: Flask, number: int) -> list[str]:
    """The cookies of that many residents who have signed in."""
    tokens = []
    with app.test_request_context("/en/"):
        for at in range(number):
            address = f"crowd{at}@example.org"
            person = people.ensure_person(address, "en")
            people.confirm_address(person, address)
            tokens.append(sessions.begin(person))
        db.session.commit()
        db.session.remove()
    return [f"__Host-civic={token}" for token in tokens]


class Voter:
    """A browser as bare as can be; a connection for each answer, as the proxy opens them."""

    def __init__(self, site: serve.Server, slug: str) -> None:
        self._port, self._host, self._base = site.port, site.host, f"/en/budgets/{slug}"

    def vote(self, cookie: str) -> list[float]:
        """One complete vote; the seconds that each answer took."""
        self._cookies, self._waits = [cookie], list[float]()
        html = self._call("GET", "/ballot", 200)
        token = re.findall(r'name="csrf_token" value="([0-9a-f]+)"', html)[-1]
        ids = re.findall(r'name="project" [^>]*value="(\d+)"|value="(\d+)" [^>]*name="project"', html)
        chosen = [("project", one or other) for one, other in ids[:3]]
        assert len(chosen) == 3, html[:500]
        self._call("POST", "/ballot", 303, [("csrf_token", token), *chosen])
        self._call("GET", "/ballot/check", 200)
        self._call("POST", "/ballot/confirm", 303, [("csrf_token", token), *chosen])
        assert "Your vote is recorded" in self._call("GET", "/confirmation", 200)
        return self._waits

    def add(self, _cookie: str) -> list[float]:
        """What a vote asks for, of the floor."""
        self._cookies, self._waits, self._base = [], list[float](), ""
        for path in ("/list", "/rows", "/list", "/rows", "/list"):
            if path == "/rows":
                self._call("POST", path, 200, [("title", "A bench in the shade")])
            else:
                self._call("GET", path, 200)
        return self._waits

    def _call(self, method: str, path: str, status: int, form: list[tuple[str, str]] | None = None) -> str:
        headers = {"Host": self._host, "Cookie": "; ".join(self._cookies), "X-Forwarded-Proto": "https"}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        with closing(HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, self._base + path, urlencode(form) if form else None, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        self._waits.append(time.perf_counter() - began)
        assert answer.status == status, f"{method} {path}: {answer.status} {text[:1500]}"
        for given in answer.headers.get_all("Set-Cookie", []):
            self._cookies.append(given.split(";")[0])
        return text
