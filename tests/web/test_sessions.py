"""Sessions: who is calling, for how long, and what ends them (guarantees A25)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.core import clock
from app.core.db import db
from app.core.policy import Role, allow
from app.people import service as people
from app.people.errors import LastAdministrator
from app.people.models import Activity
from app.sign_in.models import Session
from tests.web.callers import person_of, signed_in

pytestmark = pytest.mark.both_databases


@pytest.fixture
def who(app: Flask) -> str:
    """A page that says which role is in force."""

    @allow(Role.ANYONE)
    def answer() -> str:
        return g.me.role.name if g.get("me") else "nobody"

    app.add_url_rule("/<language:lang>/who", "who", answer)
    return "/en/who"


def test_a_session_has_the_role_of_its_factor(app: Flask, who: str) -> None:
    assert signed_in(app, "ana@example.org").get(who).text == "RESIDENT"
    assert signed_in(app, "omar@example.org", Role.OFFICER).get(who).text == "OFFICER"


def test_the_officer_role_is_not_in_force_without_the_second_factor(app: Flask, who: str) -> None:
    officer = signed_in(app, "omar@example.org", Role.OFFICER)
    with app.app_context():
        db.session.execute(update(Session).values(second_factor_at=None))
        db.session.commit()
    assert officer.get(who).text == "RESIDENT"


def test_a_changed_cookie_is_nobody(app: Flask, who: str) -> None:
    browser = signed_in(app, "ana@example.org")
    browser.set_cookie("__Host-civic", "x" * 43, domain=app.config["CIVIC"].hostname, secure=True)
    assert browser.get(who).text == "nobody"


@pytest.mark.parametrize("column", ["seen_at", "ends_at", "began_at"])
def test_a_session_ends_when_idle_or_old_or_told_to(
    app: Flask, who: str, column: str, client: FlaskClient
) -> None:
    browser = signed_in(app, "ana@example.org")
    with app.app_context():
        db.session.execute(update(Session).values({column: clock.now() - timedelta(days=8)}))
        db.session.commit()
    assert browser.get(who).text == "nobody"


@pytest.mark.parametrize(("hours", "role"), [(2, "OFFICER"), (4, "nobody")])
def test_a_session_of_staff_ends_after_three_idle_hours(app: Flask, who: str, hours: int, role: str) -> None:
    browser = signed_in(app, "omar@example.org", Role.OFFICER)
    with app.app_context():
        db.session.execute(update(Session).values(seen_at=clock.now() - timedelta(hours=hours)))
        db.session.commit()
    assert [browser.get(who).text for _ in range(2)] == [role] * 2


@pytest.mark.parametrize("act", ["disable", "grant_role", "end_all_sessions"])
def test_disabling_and_a_new_role_end_every_session(app: Flask, who: str, act: str) -> None:
    browsers = [signed_in(app, "ana@example.org") for _ in range(3)]
    with app.app_context():
        person = people.find_person_by_email("ana@example.org")
        assert person is not None
        if act == "disable":
            people.disable(person, "shell")
        elif act == "grant_role":
            people.grant_role(person, Role.OFFICER, "shell")
        else:
            people.end_all_sessions(person)
        db.session.commit()
    assert [browser.get(who).text for browser in browsers] == ["nobody"] * 3


def test_the_last_administrator_stays(app: Flask) -> None:
    number = person_of(app, "root@example.org", Role.ADMINISTRATOR)
    with app.app_context():
        for act in (
            lambda: people.grant_role(people.get_person(number), Role.RESIDENT, "shell"),
            lambda: people.disable(people.get_person(number), "shell"),
        ):
            with pytest.raises(LastAdministrator):
                act()


def test_a_person_and_an_activity_are_kept_once(app: Flask) -> None:
    number = person_of(app, "Ana@Example.org")
    assert person_of(app, "ana@EXAMPLE.org") == number
    with app.app_context():
        for _ in range(2):
            people.note_activity(number, "voted", 7)
        db.session.commit()
        assert len(db.session.scalars(select(Activity)).all()) == 1
