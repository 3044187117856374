"""The real app on SQLite and on PostgreSQL, and the one helper through which all pages go."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, make_url, text
from werkzeug.test import TestResponse

from tests.conftest import make_settings
from tests.long import LONG
from tests.sites import empty_site
from tests.web.smtp_sink import Sink, start_sink

KINDS = ["sqlite", "postgresql"]
BY_TURNS = os.environ.get("CIVIC_TEST_BY_TURNS") == "yes" and not LONG


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where all tests run at once, one of pages is tried on one of the databases, by its name; one about databases on each."""
    if not BY_TURNS:
        return
    here = Path(__file__).parent
    spared = {item for item in items if item.path.parent == here and not _is_its_turn(item)}
    items[:] = [item for item in items if item not in spared]
    config.hook.pytest_deselected(items=list(spared))


def _is_its_turn(item: pytest.Item) -> bool:
    given = (
        item.callspec.params.values()
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
        else ()
    )
    kind = next((one for one in KINDS if one in given), None)
    turn = KINDS[crc32(item.nodeid.partition("[")[0].encode()) % len(KINDS)]
    return kind in (None, turn) or item.get_closest_marker("both_databases") is not None


@pytest.fixture(params=KINDS)
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/civic.db"
        return
    with _copy(request.getfixturevalue("postgres_url"), "template0") as url:
        yield url


@pytest.fixture(scope="session")
def blank_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema and nothing else: a copy is made faster than the schema."""
    path = tmp_path_factory.mktemp("blank") / "civic.db"
    with empty_site(make_settings(f"sqlite:///{path}", path.parent)):
        return path


@pytest.fixture(scope="session")
def blank_database(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a PostgreSQL database like it."""
    with _copy(postgres_url, "template0") as url:
        with empty_site(make_settings(url, tmp_path_factory.mktemp("blank"))):
            pass
        yield make_url(url).database or ""


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database of each kind with the schema and nothing else."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("blank_file"), tmp_path / "civic.db")
        yield f"sqlite:///{tmp_path}/civic.db"
        return
    template = request.getfixturevalue("blank_database")
    with _copy(request.getfixturevalue("postgres_url"), template) as url:
        yield url


@contextmanager
def _copy(server: str, template: str) -> Iterator[str]:
    name = f"t{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The site with its schema, empty."""
    with empty_site(make_settings(database_url, tmp_path), has_schema=True) as site:
        yield site


@pytest.fixture
def server() -> Iterator[tuple[Sink, Controller]]:
    """A mail server."""
    sink, controller = start_sink()
    yield sink, controller
    controller.stop()


@pytest.fixture
def sink(server: tuple[Sink, Controller]) -> Sink:
    """What it has got."""
    return server[0]


@pytest.fixture
def site(database_url: str, tmp_path: Path, server: tuple[Sink, Controller]) -> Iterator[Flask]:
    """A site that hands its mail to this server at any hour; inside its context."""
    settings = make_settings(database_url, tmp_path, smtp_port=str(server[1].port), mail_quiet_hours="")
    with empty_site(settings, has_schema=True) as app, app.app_context():
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without scripts, on the site's own name over https."""
    return make_client(app)


class Browser(FlaskClient):
    """A client that calls the site by its own name over https."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Any request."""
        kwargs.setdefault("base_url", self.application.config["CIVIC"].base_url)
        return super().open(*args, **kwargs)


def make_client(app: Flask) -> FlaskClient:
    """Another browser."""
    return Browser(app, app.response_class, use_cookies=True)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.ids: list[str] = []
        self.labels: set[str] = set()
        self.fields: list[dict[str, str | None]] = []
        self.forms: list[dict[str, object]] = []
        self.headings = 0
        self.title = ""
        self.inline: list[str] = []
        self._in_title = False

    def handle_starttag(self, tag: str, given: list[tuple[str, str | None]]) -> None:
        marks = dict(given)
        if marks.get("id"):
            self.ids.append(str(marks["id"]))
        if tag == "label" and marks.get("for"):
            self.labels.add(str(marks["for"]))
        if tag in ("input", "select", "textarea") and marks.get("type") not in ("hidden", "submit", "button"):
            self.fields.append(marks)
        if tag == "form":
            self.forms.append({"method": (marks.get("method") or "get").lower(), "csrf": False})
        if tag == "input" and marks.get("name") == "csrf_token" and self.forms:
            self.forms[-1]["csrf"] = True
        self.headings += tag == "h1"
        self._in_title = tag == "title"
        self.inline += [f"<{tag} {name}>" for name in marks if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and not marks.get("src")):
            self.inline.append(f"<{tag}>")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data
            self._in_title = False


def page(answer: TestResponse, status: int = 200) -> str:
    """Check what holds for every page and return its HTML: title, one h1, unique ids, labels, CSRF fields, CSP."""
    html = answer.get_data(as_text=True)
    assert answer.status_code == status, f"{answer.status_code}: {html[:2000]}"
    assert answer.mimetype == "text/html"
    read = _Reader()
    read.feed(html)
    assert read.title.strip(), "a page needs a title"
    assert read.headings == 1, f"a page has one h1, this one {read.headings}"
    doubled = {name for name in read.ids if read.ids.count(name) > 1}
    assert not doubled, f"ids used twice: {doubled}"
    nameless = [
        f
        for f in read.fields
        if f.get("id") not in read.labels and not (f.get("aria-label") or f.get("aria-labelledby"))
    ]
    assert not nameless, f"fields without a label: {nameless}"
    assert all(form["csrf"] for form in read.forms if form["method"] == "post"), (
        "a form without its CSRF field"
    )
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not read.inline, f"inline code: {read.inline}"
    return html
