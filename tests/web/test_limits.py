"""Limits that hold over processes, restarts and forged headers, and the alarm for the whole site (guarantees A22, A31)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask

from app.core import throttle
from app.core.db import db
from app.core.errors import TooMany
from app.core.throttle import Limit, client_network
from app.factory import create_app
from app.sign_in.rules import WRONG_ALARM
from tests.conftest import make_settings
from tests.web.callers import ask
from tests.web.conftest import make_client, page
from tests.web.site_process import environment

THROUGH_THE_PROXY = """
import json
from app.wsgi import app
from app.core import throttle

seen = []
app.before_request_funcs.setdefault(None, []).insert(0, lambda: seen.append(throttle.client_network()))
for forged in ("203.0.113.9", "203.0.113.9, 198.51.100.7", "evil, 198.51.100.7", "2001:db8:1:2:3:4:5:6"):
    app.test_client().get("/healthz", headers={"X-Forwarded-For": forged}, base_url="https://participe.valclair.example")
print(json.dumps(seen))
"""


def test_what_one_process_counted_the_next_one_knows(app: Flask, tmp_path: Path) -> None:
    for number in range(4):
        other = create_app(make_settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path))
        ask(make_client(app if number % 2 else other), "ana@example.org")
        with other.app_context():
            db.engine.dispose()
    late = create_app(make_settings(app.config["SQLALCHEMY_DATABASE_URI"], tmp_path))
    page(make_client(late).post("/en/sign-in", data={"email": "ana@example.org"}), 429)
    with late.app_context():
        db.engine.dispose()


def test_only_the_proxys_own_word_about_the_client_is_taken(tmp_path: Path) -> None:
    settings = make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", THROUGH_THE_PROXY],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    # The last address is the one that the proxy itself appended; what stands before it is the client's own claim.
    assert json.loads(done.stdout) == ["203.0.113.9", "198.51.100.7", "198.51.100.7", "2001:db8:1:2::/64"]


def test_addresses_of_one_household_are_one_network(app: Flask) -> None:
    networks = []
    for address in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1", "192.0.2.1"):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            networks.append(client_network())
    assert networks == ["2001:db8:1:2::/64", "2001:db8:1:2::/64", "2001:db8:1:3::/64", "192.0.2.1"]


def test_a_limit_says_when_to_come_back_and_is_one_for_each(app: Flask) -> None:
    limit = Limit("test", 3, 3600)
    with app.app_context():
        for _ in range(3):
            throttle.count(limit, "one")
        throttle.count(limit, "two")
        with pytest.raises(TooMany) as refused:
            throttle.count(limit, "one")
        assert 0 < refused.value.retry_after_seconds <= 3600


def test_many_wrong_codes_on_the_whole_site_are_logged_once(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    with app.app_context():
        for _ in range(WRONG_ALARM.most - 1):
            throttle.add(WRONG_ALARM, "site")
        db.session.commit()
    for number in range(3):
        client = make_client(app)
        client.post(ask(client, f"p{number}@example.org"), data={"code": "nonsense"})
    alarms = [record for record in caplog.records if "many wrong codes" in record.message]
    assert len(alarms) == 1
    assert "@" not in alarms[0].getMessage()
