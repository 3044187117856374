"""The frame of the site: health, headers, hosts, errors, audit."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import audit, migrating, schema
from app.core.audit import AuditEntry
from app.core.db import db
from app.version import __version__
from tests.web.conftest import page

pytestmark = pytest.mark.both_databases


def test_a_migrated_site_is_alive_and_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").json == {"status": "alive", "version": __version__}
    assert client.get("/readyz").status_code == 200


def test_a_second_migration_changes_nothing(app: Flask) -> None:
    with app.app_context():
        done = migrating.migrate()
        assert (done.before, done.after, done.seconds) == (schema.head(), schema.head(), {})


def test_an_unknown_host_is_refused(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"Host": "evil.example"}).status_code == 400


def test_an_unknown_page_says_so_in_the_language_of_the_address(client: FlaskClient) -> None:
    page(client.get("/fr/nothing-here"), 404)


def test_a_changed_audit_entry_is_found(app: Flask) -> None:
    with app.app_context():
        for number in range(3):
            audit.record("shell", "test", f"thing:{number}")
        db.session.commit()
        assert audit.find_break() is None
        second = db.session.get(AuditEntry, 2)
        assert second is not None
        second.act = "other"
        db.session.commit()
        assert audit.find_break() == 2
