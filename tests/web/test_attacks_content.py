"""Hostile text wherever text goes, on every page, as every role: shown as it was written, run by nobody (A01, A02, A06, F26)."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from io import BytesIO
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.budget_office import importing
from app.core.db import db
from app.core.headers import FIXED
from app.core.policy import Role
from app.processes import service as processes
from app.processes.models import Process
from tests.web.addresses import addresses
from tests.web.callers import browsers, signed_in
from tests.web.clubs import write_hostile
from tests.web.conftest import make_client
from tests.web.forms import token_of
from tests.web.towns import META, open_budget, project_ids

CORPUS = (
    "<script>alert(1)</script>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)' x='",
    "javascript:alert(1)",
    "<img src=x onerror=alert(1)>",
    "</title></textarea></select><script>alert(1)</script>",
    "{{7*7}}{% raw %}${7*7}<%= 7*7 %>#{7*7}",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#x3c;b&#x3e;",
    "%(num)s %s {0} {money} {left}",
    "<!--><b>--><![CDATA[<b>]]>",
    "\u202e\u2066abc\u2069 cba",
    "a\u0301\u0323 Ñandú ç 🗳️👩‍👩‍👧 עברית العربية",
    "=1+1\t@SUM(A1)",
    "x" * 10_000,
)


class Read(HTMLParser):
    """What a browser would make of a page: elements that run or lead away, and the text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.words: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note scripts that are not ours, handlers, and addresses that run."""
        given = dict(attrs)
        if tag == "script" and not str(given.get("src", "")).startswith("/face/"):
            self.wrong.append(f"<{tag}>")
        if tag in ("iframe", "object", "embed", "base", "b", "style") or (tag == "svg" and "onload" in given):
            self.wrong.append(f"<{tag}>")
        for name, text in attrs:
            self.words.append(text or "")
            if name.startswith("on") or name == "style":
                self.wrong.append(f"{tag} {name}")
            if name in ("href", "src", "action", "formaction", "xlink:href"):
                start = (text or "").strip().lower()
                if not start.startswith(
                    ("/", "#", "mailto:", "data:image/", "?", "https://participe.valclair.example/")
                ) or start.startswith("//"):
                    self.wrong.append(f"{tag} {name}={text!r}")

    def handle_data(self, data: str) -> None:
        """Gather the text."""
        self.words.append(data)


def hostile_file() -> bytes:
    """A budget in which every cell of every project is hostile."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    meta = META | {
        "description": CORPUS[0],
        "unit": CORPUS[1],
        "instance": CORPUS[6],
        "num_projects": str(len(CORPUS)),
        "num_votes": "0",
    }
    lines = ["META", "key;value", *(f"{key};{cell(text)}" for key, text in meta.items())]
    lines += ["PROJECTS", "project_id;cost;name;category;district;description;target"]
    for number, text in enumerate(CORPUS, start=1):
        lines.append(";".join([f"p{number}", "10", *[cell(text)] * 5]))
    return "\n".join([*lines, "VOTES", "voter_id;vote", ""]).encode()


@pytest.fixture
def slug(app: Flask) -> str:
    """An open vote with hostile words in every field that an officer or a file fills in."""
    name = open_budget(app, hostile_file())
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER, name="<img src=x onerror=1>")
    form = {
        f"{field}-{lang}": "".join(CORPUS[:9]) for field in processes.TEXTS for lang in ("en", "fr", "es")
    }
    assert (
        officer.post(
            f"/en/office/budgets/{name}/texts", data=form | {"csrf_token": token_of(officer)}
        ).status_code
        == 303
    )
    return name


def crawl(app: Flask, slug: str, role_browser: FlaskClient, number: int) -> list[tuple[str, str]]:
    """Every page that this browser can read."""
    found = []
    for _, method, path in addresses(app, lang="en", slug=slug, project_id=number):
        if method == "GET":
            answer = role_browser.get(path)
            assert answer.status_code < 500, path
            for name in FIXED:
                assert name in answer.headers, (name, path)
            if answer.mimetype == "text/html":
                found.append((path, answer.get_data(as_text=True)))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_words_in_every_field_run_on_no_page_of_any_role(app: Flask, slug: str) -> None:
    """A01, A06. Scripts could not run anyway under the site's policy; this is about the page itself."""
    numbers = list(project_ids(app, slug).values())
    write_hostile(app, CORPUS)
    for role, browser in browsers(app).items():
        if role is not None:
            form = {"display_name": CORPUS[1], "language": "en", "csrf_token": token_of(browser)}
            assert browser.post("/en/account", data=form).status_code == 303
        pages = crawl(app, slug, browser, numbers[0])
        pages += [
            (f"{one}", browser.get(f"/en/budgets/{slug}/projects/{one}").get_data(as_text=True))
            for one in numbers
        ]
        assert len(pages) > 20
        for path, source in pages:
            read = Read(source)
            assert not read.wrong, (role, path, read.wrong)
            assert "49" not in [word.strip() for word in read.words], "a template was carried out"


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_words_of_every_script_are_shown_as_they_were_sent(app: Flask, text: str) -> None:
    """F26: through a form and through a file, on both databases."""
    slug = open_budget(app, hostile_file())
    number = project_ids(app, slug)[f"p{CORPUS.index(text) + 1}"]
    browser = make_client(app)
    shown = "".join(Read(browser.get(f"/en/budgets/{slug}/projects/{number}").get_data(as_text=True)).words)
    assert text in shown
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    form = {"summary-en": text[:4000], "title-en": "A title", "csrf_token": token_of(officer)}
    assert officer.post(f"/en/office/budgets/{slug}/texts", data=form).status_code == 303
    assert text[:4000].strip() in "".join(
        Read(browser.get(f"/en/budgets/{slug}").get_data(as_text=True)).words
    )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_hostile_words_in_any_query_run_nowhere(app: Flask) -> None:
    """A02, A04, A05: unknown fields and values filter nothing out and break nothing."""
    slug = open_budget(app)
    for browser in browsers(app).values():
        for path in (
            f"/en/budgets/{slug}/projects",
            f"/en/budgets/{slug}",
            "/en/sign-in",
            "/en/",
            "/en/no-such-page",
            "/en/associations",
            "/en/office/associations",
            f"/en/budgets/{slug}/ballot",
        ):
            for text in (
                *CORPUS[:9],
                "' OR 1=1 --",
                "1;DROP TABLE persons",
                "../../etc/passwd",
                "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
            ):
                query = "&".join(
                    f"{name}={quote(text)}"
                    for name in (
                        "q",
                        "district",
                        "category",
                        "theme",
                        "vitality",
                        "sort",
                        "view",
                        "next",
                        "lang",
                        "page",
                    )
                )
                answer = browser.get(f"{path}?{query}&q=2")
                assert answer.status_code < 500
                assert not Read(answer.get_data(as_text=True)).wrong, (path, text)


HOSTS = (
    "//evil.example",
    "/\\evil.example",
    "///evil.example/%2e%2e",
    "/%09/evil.example",
    "/%5cevil.example",
    "/en//evil.example",
    "//evil.example/..;/en/",
)


@pytest.mark.parametrize("path", HOSTS)
def test_no_address_leads_to_another_site(app: Flask, path: str) -> None:
    """A27: by the address itself, where a router tidies slashes."""
    for browser in browsers(app).values():
        answer = browser.get(path)
        where = answer.headers.get("Location", "/")
        assert where.startswith(("/", "https://participe.valclair.example/")), where
        assert not where.startswith(("//", "/\\")), where
        assert not Read(answer.get_data(as_text=True)).wrong


def test_every_answer_carries_the_policy_errors_and_files_too(app: Flask) -> None:
    slug = open_budget(app)
    browser = make_client(app)
    for path in (
        "/",
        "/en",
        "/en/",
        "/nowhere",
        "/en/office",
        f"/en/budgets/{slug}/box.pb",
        "/healthz",
        "/readyz",
        "/face/none",
        f"/en/ballots/{slug}/chain.json",
    ):
        answer = browser.get(path)
        for name, text in FIXED.items():
            assert answer.headers.get(name) == text, (path, name)
    for answer in (
        browser.post("/en/"),
        browser.open("/en/", method="TRACE"),
        browser.get("/en/", base_url="https://evil.example"),
    ):
        assert answer.status_code in (400, 405)
        assert answer.headers["Content-Security-Policy"] == FIXED["Content-Security-Policy"]


def test_what_a_file_said_is_said_again_by_the_export(app: Flask) -> None:
    """A09: the .pb file is handed out as an attachment of plain text, and reading it gives the same names back."""
    slug = open_budget(app, hostile_file())
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    token = token_of(officer)
    assert officer.post(f"/en/office/budgets/{slug}/close", data={"csrf_token": token}).status_code == 303
    from app.budgets.jobs import close_and_count

    with app.app_context():
        close_and_count()
    answer = officer.get(f"/en/budgets/{slug}/box.pb")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.mimetype == "text/plain"
    with app.app_context(), app.test_request_context("/en/"):
        again = importing.import_file("shell", BytesIO(answer.data), "Again")
        db.session.commit()
        other = db.session.get_one(Process, again.id).slug
    first, second = (
        {ref: names_of(app, one)[ref] for ref in project_ids(app, one)}
        for one in (slug, published(app, other))
    )
    assert first == second


def names_of(app: Flask, slug: str) -> dict[str, str]:
    """Titles by the projects' own ids."""
    from app.budgets import queries

    with app.app_context():
        return {
            one.ref: html.unescape(str(one.title)) for one in queries.get_poll(slug, drafts=True).projects
        }


def published(app: Flask, slug: str) -> str:
    """The same address, once residents may know of it."""
    from app.core import clock

    with app.app_context():
        db.session.query(Process).filter_by(slug=slug).one().published_at = clock.now()
        db.session.commit()
    return slug
