"""Files that cannot be imported: every fault with its line on the page, nothing kept of the file."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from app.budget_office import commands
from app.budgets.errors import FileRefused
from app.budgets.models import Budget, Project
from app.core.db import db
from app.core.policy import Role
from app.processes import queries as processes
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.towns import pb

NEW = "/en/office/budgets/new"
GOOD = pb(("7,12", "31"))


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"", "missing"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), ""),
        (GOOD.replace(b"7;400;", b"7;-400;"), "Line 18"),
        (GOOD.replace(b"1;7,12;", b"1;7,99;"), "Line 25"),
        (GOOD.replace(b"12;300;", b"7;300;"), "Line 19"),
        (GOOD.replace(b"7;400;", b"7;400.005;"), "finer than a cent"),
        (GOOD.replace(b"PROJECTS\n", b""), ""),
        (GOOD.replace(b"Shade", b"Sh\x00ade"), ""),
        (GOOD.replace(b"Shade", b"Sh\xff\xfeade"), ""),
        (GOOD.replace(b"budget;1000", b"budget;a lot"), "budget"),
        (pb(()).split(b"PROJECTS")[0] + b"PROJECTS\nproject_id;cost\nVOTES\nvoter_id;vote\n", "no projects"),
        (GOOD + b"9;" + b"7," * 150_000, ""),
    ],
)
def test_a_broken_file_is_refused_with_its_faults_and_nothing_is_imported(
    app: Flask, file: bytes, words: str
) -> None:
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    html = page(send(officer, NEW, NEW, title="Kept title", file=(BytesIO(file), "town.pb")), 422)
    assert words in html
    assert "Kept title" in html
    assert "The file was not imported" in html
    with app.app_context():
        assert processes.list_processes(published=False) == []
        assert db.session.query(Budget).count() == db.session.query(Project).count() == 0


def test_no_file_is_said_beside_the_field(app: Flask) -> None:
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    assert "The file was not imported" in page(send(officer, NEW, NEW, title=""), 422)


def test_a_resident_may_not_import(app: Flask) -> None:
    page(signed_in(app, "a@example.org").get(NEW), 403)


def test_titles_from_a_file_are_shown_as_they_are_written(app: Flask) -> None:
    officer = signed_in(app, "officer@valclair.example", Role.OFFICER)
    hostile = '<script>alert(1)</script> {{7*7}} 𝔅ürgerhaus "ñ" \u202eabc'
    file = GOOD.replace(b"Shade for the school yard", hostile.encode())
    made = send(officer, NEW, NEW, title=hostile, file=(BytesIO(file), "town.pb"))
    assert made.status_code == 303, made.get_data(as_text=True)
    html = page(officer.get(made.headers["Location"] + "/projects"))
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{7*7}} 𝔅ürgerhaus" in html


def test_the_shell_imports_too_and_refuses_with_every_fault(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "town.pb"
    file.write_bytes(GOOD.replace(b"7;400;", b"7;-400;").replace(b"12;300;", b"12;x;"))
    with app.app_context():
        refused = CliRunner().invoke(commands.import_pb, [str(file)])
        assert isinstance(refused.exception, FileRefused)
        assert len(refused.exception.fields) == 2
        db.session.rollback()
        file.write_bytes(GOOD)
        made = CliRunner().invoke(commands.import_pb, [str(file)])
        assert made.exit_code == 0, made.output
        assert processes.get_process(json.loads(made.output)["process"]).published_at is None
