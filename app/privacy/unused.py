"""Accounts that nobody uses: told twice by letter, then erased. Staff are exempt.

An account is used when its person does anything: signs in, votes, is seen at the desk (the activity log knows the day).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import ColumnElement, exists, func, or_, select

from app.core import clock
from app.core.db import db
from app.mail import held
from app.people.models import Activity, Person
from app.privacy import mails
from app.privacy.rules import GRACE, NOTICE, REMINDER, months_before
from app.privacy.service import close

BATCH = 500


def tell() -> int:
    """Write to some of those whose time is over in thirty days; returns to how many."""
    soon = _last_day() + NOTICE
    mine = select(func.max(Activity.on)).where(Activity.person_id == Person.id).scalar_subquery()
    is_untold = or_(Person.unused_notice_on.is_(None), Person.unused_notice_on <= mine)
    people = _list(_is_unused(soon), is_untold)
    for person in people:
        person.unused_notice_on = clock.today()
        mails.unused(person, clock.today() + NOTICE, is_last=False)
    db.session.flush()
    return len(people)


def remind() -> int:
    """Write once more to those who were told three weeks ago; returns how many there are. The outbox takes each letter once."""
    today = clock.today()
    told = Person.unused_notice_on.between(today - NOTICE + timedelta(days=1), today - REMINDER)
    people = _list(told, ~_did(Person.unused_notice_on), most=None)
    for person in people:
        mails.unused(person, (person.unused_notice_on or today) + NOTICE, is_last=True)
    return len(people)


def end() -> int:
    """Close some of the accounts whose time is over and whose people were told thirty days ago; returns how many."""
    people = _list(*_is_over(clock.today() - NOTICE))
    for person in people:
        close("worker", person)
    return len(people)


def count_overdue() -> int:
    """How many accounts should have been erased days ago (I8). Where all mail is held nobody can be told, so none is."""
    if held.is_all_held():
        return 0
    late = (
        select(func.count()).select_from(Person).where(*_stands(), *_is_over(clock.today() - NOTICE - GRACE))
    )
    return db.session.scalar(late) or 0


def _is_over(told_by: date) -> tuple[ColumnElement[bool], ...]:
    told: Any = Person.unused_notice_on
    return told <= told_by, ~_did(told), _is_unused(_last_day())


def _list(*which: ColumnElement[bool], most: int | None = BATCH) -> Sequence[Person]:
    chosen = select(Person).where(*_stands(), *which).order_by(Person.id)
    return db.session.scalars(chosen.limit(most) if most else chosen).all()


def _stands() -> tuple[ColumnElement[bool], ...]:
    return Person.role == "resident", Person.disabled_at.is_(None), Person.erased_at.is_(None)


def _is_unused(since: date) -> ColumnElement[bool]:
    zone = ZoneInfo(current_app.config["CIVIC"].time_zone)
    opened: ColumnElement[bool] = Person.created_at < datetime.combine(since, time(), zone)
    return opened & ~_did(since)


def _did(since: Any) -> ColumnElement[bool]:
    """Whether the person did anything on that day or after."""
    return exists().where(Activity.person_id == Person.id, Activity.on >= since)


def _last_day() -> date:
    return months_before(clock.today(), current_app.config["CIVIC"].people_kept_months)
