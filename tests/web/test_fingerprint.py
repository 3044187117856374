"""Equal fingerprints, equal rows; and a moment that is held stays whole while people vote and boxes would close."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import text

from app.ballots import keeping, queries, rules
from app.ballots.errors import BoxInUse
from app.budgets import jobs
from app.core import fingerprint, schema
from app.core.db import db
from app.core.fingerprint import NoFingerprint
from tests.web.site_process import call
from tests.web.voters import end_now, make_people, open_process, vote

pytestmark = pytest.mark.both_databases


@pytest.fixture
def site(app: Flask) -> Flask:
    """The site on PostgreSQL."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("only PostgreSQL has a fingerprint")
    return app


def tables() -> dict[str, dict[str, int | str]]:
    with fingerprint.hold(db.engine) as view:
        return view.tables()


def test_a_site_on_sqlite_has_none(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            with pytest.raises(NoFingerprint), fingerprint.hold(db.engine):
                pass


def test_the_order_of_rows_does_not_count_and_every_change_does(site: Flask) -> None:
    with site.app_context():
        make_people(3)
        db.session.commit()
        before = tables()
        with db.engine.begin() as connection:  # the same rows at other places
            connection.execute(text("CREATE TABLE kept AS SELECT * FROM contact_points"))
            connection.execute(text("DELETE FROM contact_points"))
            connection.execute(text("INSERT INTO contact_points SELECT * FROM kept ORDER BY id DESC"))
            connection.execute(text("DROP TABLE kept"))
        assert tables() == before
        with db.engine.begin() as connection:
            connection.execute(
                text("UPDATE contact_points SET kind = kind, address = address || ' ' WHERE id = 1")
            )
        changed = tables()
        assert {name for name in before if before[name] != changed[name]} == {"contact_points"}
        assert changed["contact_points"]["rows"] == before["contact_points"]["rows"]


def test_values_that_change_places_between_rows_are_seen(site: Flask) -> None:
    with site.app_context():
        make_people(2)
        db.session.commit()
        before = tables()["persons"]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE persons SET language = CASE id WHEN 1 THEN 'es' ELSE 'en' END"))
        first = tables()["persons"]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE persons SET language = CASE id WHEN 1 THEN 'en' ELSE 'es' END"))
        assert len({str(one) for one in (before, first, tables()["persons"])}) == 3


def test_it_does_not_depend_on_the_settings_of_the_connection(site: Flask) -> None:
    with site.app_context():
        make_people(2)
        db.session.commit()
        before = tables()
        with db.engine.begin() as connection:
            name = connection.execute(text("SELECT current_database()")).scalar_one()
            for setting in (
                "TimeZone = 'Asia/Tokyo'",
                "DateStyle = 'German'",
                "extra_float_digits = 0",
                "bytea_output = 'escape'",
            ):
                connection.execute(text(f"ALTER DATABASE {name} SET {setting}"))
        db.engine.dispose()
        assert tables() == before


def test_the_command_tells_schema_major_and_tables(site: Flask) -> None:
    code, said = call(site.config["CIVIC"], "fingerprint")
    assert (code, said["schema"]) == (0, schema.head())
    assert said["postgresql_major"] >= 13
    assert "ballot_box" in said["tables"]
    assert not {"worker_beats", "throttle_counts"} & set(said["tables"])


def test_a_box_that_would_close_while_a_moment_is_held_waits_and_nobody_else_does(site: Flask) -> None:
    with site.app_context():
        process, voters = open_process(), make_people(4)
        other = open_process("other")
        for voter in voters[:3]:
            vote(process, voter, "[1]")
        end_now(site, process.slug)
        with fingerprint.hold(db.engine) as view:
            with pytest.raises(BoxInUse):
                keeping.close_box(process)
            db.session.rollback()
            jobs.close_and_count()  # the worker takes it for no failure
            begun = time.monotonic()
            vote(other, voters[3], "[2]")
            assert time.monotonic() - begun < 0.2
            assert view.tables()["ballot_hopper"]["rows"] == 3
        jobs.close_and_count()
        assert queries.count(process.id) == rules.Counts(3, 0, 3)
