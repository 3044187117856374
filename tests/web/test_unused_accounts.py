"""Accounts that nobody uses: told thirty days and seven days before, then erased; never without the first letter (I8)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app import facts
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.people import service as people
from app.people.models import Activity, Person
from app.privacy import jobs
from app.privacy.rules import months_before
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.callers import person_of, sign_in
from tests.web.conftest import make_client
from tests.web.letters import texts_to

pytestmark = pytest.mark.both_databases

ANA = "ana@example.org"
I8 = "I8 nothing is kept beyond its time"


def idle(app: Flask, months: int, address: str = ANA, role: Role = Role.RESIDENT) -> int:
    """An account opened and last used so many months ago."""
    number = person_of(app, address, role)
    with app.app_context():
        day = months_before(clock.today(), months)
        opened = datetime.combine(day, time(12), ZoneInfo("Europe/Paris"))
        db.session.execute(update(Person).where(Person.id == number).values(created_at=opened))
        db.session.add(Activity(person_id=number, kind="signed_in", process_id=0, on=day))
        db.session.commit()
    return number


def turn(app: Flask, days: int = 0) -> None:
    """The worker's turn, so many days after the letter."""
    with app.app_context():
        for person in db.session.scalars(select(Person).where(Person.unused_notice_on.is_not(None))):
            person.unused_notice_on = person.unused_notice_on and person.unused_notice_on - timedelta(
                days=days
            )
        db.session.commit()
        jobs.end_unused()


def is_closed(app: Flask, number: int) -> bool:
    """Whether the account is closed."""
    with app.app_context():
        return people.get_person(number).disabled_at is not None


def letters(app: Flask) -> int:
    """How many letters were written to her."""
    return len(texts_to(app, ANA))


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 3, 15), 36, date(2023, 3, 15)), (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 1), 1, date(2025, 12, 1)), (date(2026, 12, 31), 12, date(2025, 12, 28)),
    ],
)  # fmt: skip
def test_months_are_counted_back_over_years(day: date, months: int, then: date) -> None:
    assert months_before(day, months) == then


def test_an_unused_account_is_told_twice_and_then_closed(app: Flask) -> None:
    her = idle(app, 40)
    turn(app)
    turn(app)
    assert letters(app) == 1
    (text,) = texts_to(app, ANA)
    assert "https://participe.valclair.example/en/sign-in" in text
    turn(app, 22)
    assert letters(app) == 1
    turn(app, 1)
    turn(app)
    assert letters(app) == 2
    turn(app, 6)
    assert not is_closed(app, her)
    turn(app, 1)
    assert is_closed(app, her)
    with app.app_context():
        person = people.get_person(her)
        person.disabled_at = clock.now() - timedelta(hours=1)
        db.session.commit()
        jobs.erase()
        assert people.find_person_by_email(ANA) is None
        assert facts.gather()["invariants"][I8]


def test_who_signs_in_after_the_letter_keeps_the_account_and_is_told_anew_years_later(app: Flask) -> None:
    her = idle(app, 40)
    turn(app)
    sign_in(app, make_client(app), ANA)
    before = letters(app)
    for _ in range(4):
        turn(app, 10)
    assert not is_closed(app, her)
    assert letters(app) == before
    with app.app_context():
        person = people.get_person(her)
        person.unused_notice_on = months_before(clock.today(), 37)
        long_ago = months_before(clock.today(), 36) - timedelta(days=1)
        db.session.execute(
            update(Activity)
            .where(Activity.on == clock.now().date(), Activity.kind == "signed_in")
            .values(on=long_ago)
        )
        db.session.execute(delete(Activity).where(Activity.kind == "registered"))
        db.session.execute(delete(OutboxMessage))  # years later the first letters are gone
        db.session.commit()
    turn(app)
    assert not is_closed(app, her), "the old letter was answered by a sign-in: it counts no longer"
    assert letters(app) == 1


def test_an_account_is_told_thirty_days_before_its_time_and_not_sooner(app: Flask) -> None:
    her = idle(app, 35)
    with app.app_context():
        limit = months_before(clock.today(), 36)
        for days, told in ((31, 0), (29, 1)):
            on = limit + timedelta(days=days)
            db.session.execute(update(Activity).values(on=on))
            db.session.execute(
                update(Person).values(created_at=datetime.combine(on, time(12), ZoneInfo("Europe/Paris")))
            )
            db.session.commit()
            jobs.end_unused()
            assert len(texts_to(app, ANA)) == told
    assert not is_closed(app, her)


def test_staff_and_people_in_use_are_left_alone(app: Flask) -> None:
    numbers = [
        idle(app, 400, "omar@example.org", Role.OFFICER),
        idle(app, 400, "boss@example.org", Role.ADMINISTRATOR),
        idle(app, 30, "bea@example.org"),
    ]
    for _ in range(3):
        turn(app, 40)
    assert not any(is_closed(app, number) for number in numbers)
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage)).all() == []


def test_an_account_without_an_address_ends_too(app: Flask) -> None:
    with app.app_context():
        number = people.open_without_address("fr").id
        db.session.execute(update(Person).values(created_at=clock.now() - timedelta(days=1500)))
        db.session.commit()
    turn(app)
    turn(app, 30)
    assert is_closed(app, number)


def test_where_mail_is_held_nobody_is_told_so_nobody_is_closed(tmp_path: object) -> None:
    settings = make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, mail_held="yes")  # type: ignore[arg-type]
    with empty_site(settings) as app:
        her = idle(app, 100)
        with app.app_context():
            people.get_person(her).unused_notice_on = clock.today() - timedelta(days=200)
            db.session.commit()
            jobs.end_unused()
            assert facts.gather()["invariants"][I8]
        assert not is_closed(app, her)


def test_the_council_sets_the_time(tmp_path: object) -> None:
    settings = make_settings(f"sqlite:///{tmp_path}/civic.db", tmp_path, people_kept_months="12")  # type: ignore[arg-type]
    with empty_site(settings) as app:
        idle(app, 13)
        with app.app_context():
            jobs.end_unused()
        assert letters(app) == 1
        assert "12 months" in make_client(app).get("/en/privacy").text


def test_an_account_kept_too_long_is_noticed(app: Flask) -> None:
    her = idle(app, 40)
    with app.app_context():
        people.get_person(her).unused_notice_on = clock.today() - timedelta(days=31)
        db.session.commit()
        assert facts.gather()["invariants"][I8]
        people.get_person(her).unused_notice_on = clock.today() - timedelta(days=33)
        db.session.commit()
        assert not facts.gather()["invariants"][I8]
