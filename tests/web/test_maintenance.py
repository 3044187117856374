"""In maintenance pages can be read, forms wait with what was typed, staff can sign in, and the worker only delivers letters.

A disk that is nearly full closes uploads first (F7).
"""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core import host, maintenance
from app.core.policy import Role
from app.core.worker import Job, Lane
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.callers import browsers, sign_in, signed_in
from tests.web.conftest import page
from tests.web.host_word import close
from tests.web.towns import open_budget

pytestmark = pytest.mark.both_databases


@pytest.fixture
def folder(app: Flask, tmp_path: Path) -> Path:
    """Where the host leaves word for the site."""
    app.config[host.FOLDER] = tmp_path
    return tmp_path


def token_of(answer: str) -> str:
    found = re.search(r'name="csrf_token" value="([0-9a-f]+)"', answer)
    assert found
    return found.group(1)


def test_pages_can_be_read_and_say_until_when_by_every_role(app: Flask, folder: Path) -> None:
    slug = open_budget(app)
    close(folder)
    for role, client in browsers(app).items():
        for path in ("/en/", f"/en/budgets/{slug}", f"/en/budgets/{slug}/projects"):
            assert "Maintenance: pages can be read" in page(client.get(path)), role
    assert client.get("/readyz").get_json()["maintenance_until"]


def test_a_form_answers_503_with_what_was_typed_and_can_be_sent_again_afterwards(
    app: Flask, folder: Path
) -> None:
    client = signed_in(app, "ana@example.org")
    token = token_of(page(client.get("/en/account")))
    close(folder)
    sent = {"csrf_token": token, "display_name": 'Ana "<b>" María', "language": "es"}
    answer = client.post("/en/account", data=sent)
    text = page(answer, 503)
    assert 3500 < int(answer.headers["Retry-After"]) <= 3600
    assert "no-store" in answer.headers["Cache-Control"]
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))
    assert html.unescape(kept["display_name"]) == 'Ana "<b>" María'
    (folder / maintenance.FILE).unlink()
    again = {name: html.unescape(value) for name, value in kept.items()}
    assert client.post("/en/account", data=again).status_code in (200, 303)
    assert "María" in page(client.get("/es/account"))


def test_a_foreign_form_is_refused_as_ever_and_not_offered_again(app: Flask, folder: Path) -> None:
    client = signed_in(app, "ana@example.org")
    close(folder)
    answer = client.post("/en/account", data={"name": "x"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert client.post("/en/office/staff", data={"csrf_token": "x"}).status_code == 403


def test_staff_sign_in_and_out_but_change_nothing(app: Flask, client: FlaskClient, folder: Path) -> None:
    close(folder)
    assert sign_in(app, client, "ana@example.org").status_code == 303
    token = token_of(page(client.get("/en/account")))
    assert client.post("/en/sign-out", data={"csrf_token": token}).status_code == 303
    office = signed_in(app, "agent@example.org", Role.ADMINISTRATOR)
    token = token_of(page(office.get("/en/office/staff")))
    invited = {"csrf_token": token, "email": "new@example.org", "role": "officer"}
    page(office.post("/en/office/staff", data=invited), 503)
    assert "new@example.org" not in page(office.get("/en/office/staff"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"until": 7}', '{"until": "2031-01-01T00:00:00"}'])
def test_a_file_that_is_not_whole_closes_nothing(
    app: Flask, client: FlaskClient, folder: Path, text: str
) -> None:
    (folder / maintenance.FILE).write_text(text, encoding="utf-8")
    assert "Maintenance" not in page(client.get("/en/"))


def test_it_passes_by_itself(app: Flask, client: FlaskClient, folder: Path) -> None:
    close(folder, minutes=-1)
    assert "Maintenance" not in page(client.get("/en/"))
    assert client.post("/en/sign-in", data={"email": "ana@example.org"}).status_code == 303


def test_the_worker_rests_but_for_letters(app: Flask, folder: Path) -> None:
    ran: list[str] = []
    close(folder)
    for name, goes_on in (("count", False), ("letters", True)):
        stop = Event()

        def work(name: str = name) -> None:
            ran.append(name)

        lane = Lane(Job(name, 0.01, work, goes_on=goes_on), stop)
        lane.start(app)
        stop.wait(0.2)
        stop.set()
        lane.join(5)
    assert set(ran) == {"letters"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of eight megabytes, mounted on a folder."""
    if os.geteuid() != 0:
        pytest.skip("mounting a disk needs root")
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "civic-small", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_files_are_refused_when_the_disk_is_nearly_full_and_forms_go_on(
    small_disk: Path, tmp_path: Path
) -> None:
    settings = make_settings(
        f"sqlite:///{tmp_path}/civic.db", tmp_path, uploads_dir=str(small_disk / "uploads")
    )
    with empty_site(settings) as app:
        office = signed_in(app, "agent@example.org", Role.OFFICER)
        token = token_of(page(office.get("/en/office/budgets/new")))

        def upload() -> TestResponse:
            file = {"csrf_token": token, "file": (BytesIO(b"nothing"), "x.pb"), "title": "x"}
            return office.post("/en/office/budgets/new", data=file, content_type="multipart/form-data")

        assert "disk is nearly full" not in page(upload(), 422)
        (small_disk / "big").write_bytes(b"x" * 8_000_000)
        assert "disk is nearly full" in page(upload(), 507)
        changed = office.post("/en/account", data={"csrf_token": token, "name": "Ana", "language": "en"})
        assert changed.status_code in (200, 303)
        (small_disk / "big").unlink()
        assert "disk is nearly full" not in page(upload(), 422)


def test_a_write_that_finds_no_room_is_refused_in_words_and_nothing_is_half_done(
    small_disk: Path, tmp_path: Path
) -> None:
    with empty_site(make_settings(f"sqlite:///{small_disk}/civic.db", tmp_path)) as app:
        ana = signed_in(app, "ana@example.org")
        token = token_of(page(ana.get("/en/account")))
        sent = {"csrf_token": token, "display_name": "Ana María", "language": "en"}
        with suppress(OSError), (small_disk / "big").open("wb", buffering=0) as stream:
            while True:
                stream.write(b"x" * 4096)
        assert "Nothing was recorded" in page(ana.post("/en/account", data=sent), 503)
        assert "Ana María" not in page(ana.get("/en/account"))
        (small_disk / "big").unlink()
        assert ana.post("/en/account", data=sent).status_code == 303
        assert "Ana María" in page(ana.get("/en/account"))
