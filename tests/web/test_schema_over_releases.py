"""A newer release's schema serves the release before; what goes away goes only when both know it (ADR 11, F13)."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import migrating, schema
from app.core.db import db
from tests.web.conftest import make_client
from tests.web.releases import make_release, run_command

pytestmark = pytest.mark.both_databases

ADD = """
def upgrade():
    op.add_column("persons", sa.Column("nickname", sa.String, nullable=False, server_default=""))
"""
ADD_AND_LATER_DROP = """
def upgrade():
    op.add_column("persons", sa.Column("motto", sa.String, nullable=False, server_default=""))

def contract():
    op.drop_column("persons", "nickname")
"""


def status(app: Flask) -> tuple[int, str]:
    answer = make_client(app).get("/readyz")
    return answer.status_code, answer.get_json().get("reason", "")


def test_this_release_is_ready_on_the_schema_of_the_next(app: Flask, tmp_path: Path) -> None:
    following = make_release(tmp_path / "next", ADD)
    own = schema.head()
    assert status(app) == (200, "")
    done = run_command(following, app.config["CIVIC"], "migrate")
    assert (done["from"], done["to"]) == (own, f"{int(own) + 1:04}")
    assert status(app) == (200, "")
    with app.app_context():
        assert migrating.migrate().after == done["to"], "what is newer stays"
    assert run_command(following, app.config["CIVIC"], "ready")["ready"] is True


def test_a_contract_waits_until_the_release_before_knows_its_migration(app: Flask, tmp_path: Path) -> None:
    settings, own = app.config["CIVIC"], schema.head()
    following, later = (
        make_release(tmp_path / "1", ADD),
        make_release(tmp_path / "2", ADD, ADD_AND_LATER_DROP),
    )
    run_command(later, settings, "migrate")
    for before in (own, f"{int(own) + 1:04}"):
        assert run_command(later, settings, "contract", "--known-to", before)["contracted"] == []
    assert run_command(following, settings, "ready")["ready"] is True
    newest = f"{int(own) + 2:04}"
    assert run_command(later, settings, "contract", "--known-to", newest)["contracted"] == [newest]
    assert run_command(later, settings, "contract", "--known-to", newest)["contracted"] == []
    assert run_command(later, settings, "ready")["ready"] is True
    refused = run_command(following, settings, "ready", code=1)
    assert f"no longer has what {int(own) + 1:04} needs ({newest})" in refused["why"]
    assert status(app)[0] == 503


def test_a_migration_waits_for_a_reader_by_trying_again(app: Flask, tmp_path: Path) -> None:
    if app.config["CIVIC"].database_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer: a migration waits for it in the driver")
    following = make_release(tmp_path / "next", ADD)
    with app.app_context():
        engine = db.engine
    reader = engine.connect()
    reader.execute(text("SELECT * FROM persons"))  # holds a lock until it ends
    ends = threading.Timer(4, reader.close)
    ends.start()
    slowest, stop = 0.0, threading.Event()

    def read() -> None:
        nonlocal slowest
        while not stop.wait(0.01):
            begun = time.monotonic()
            with engine.connect() as other:
                other.execute(text("SELECT count(*) FROM persons"))
            slowest = max(slowest, time.monotonic() - begun)

    others = threading.Thread(target=read)
    others.start()
    try:
        done = run_command(following, app.config["CIVIC"], "migrate")
    finally:
        stop.set()
        others.join()
        ends.join()
    assert done["locked"] == ["persons"]
    assert slowest < 2.0, f"a reader waited {slowest:.1f} s for the migration"
