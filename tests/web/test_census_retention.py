"""The end of a list: told beforehand, everything of it deleted, a certificate left that can be printed and is in the chain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.census import jobs, queries, retention
from app.census.models import (
    CensusCertificate,
    CensusEntry,
    CensusImport,
    CensusList,
    CensusMatch,
    CensusReject,
    CensusStaged,
)
from app.census_imports import service as imports
from app.core import audit, clock
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.rolls import bring, file_of, make_list, prepare, row, town

pytestmark = pytest.mark.both_databases

ALL = (CensusList, CensusImport, CensusEntry, CensusStaged, CensusReject, CensusMatch)


def rows() -> list[int]:
    """How many rows each table of the census has."""
    return [db.session.scalar(select(func.count()).select_from(table)) or 0 for table in ALL]


def end_in(target: CensusList, days: int) -> None:
    """Let the list end in so many days."""
    target.kept_until_on = clock.today() + timedelta(days=days)
    db.session.commit()


def fill(app: Flask) -> int:
    """A list with entries, former ones, rejects, staged rows, an undone import and somebody known by it."""
    someone = person_of(app, "ana@valclair.example")
    with app.app_context():
        target = make_list()
        bring(target, town(40))
        bring(target, file_of(*(row(number) for number in range(2, 42))))
        imports.undo("shell", bring(target, file_of(*(row(number) for number in range(2, 43)))))
        prepare(target, file_of(*(row(number, sex="?" if number == 9 else "F") for number in range(2, 42))))
        entry = db.session.scalars(select(CensusEntry)).first()
        assert entry
        match = CensusMatch(
            person_id=someone, list_id=target.id, identity_hash=entry.identity_hash, level=2, way="self", matched_at=clock.now()
        )  # fmt: skip
        db.session.add(match)
        db.session.commit()
        return target.id


def test_on_its_last_day_a_list_is_there_and_the_day_after_nothing_of_it(app: Flask) -> None:
    number = fill(app)
    with app.app_context():
        target = queries.get_list(number)
        end_in(target, 0)
        jobs.end_lists()
        assert all(rows())
        end_in(target, -1)
        jobs.end_lists()
        assert rows() == [0] * len(ALL)
        (made,) = db.session.scalars(select(CensusCertificate)).all()
        assert (made.list_name, made.standing, made.entries, made.imports, made.matches) == (
            "Roll",
            40,
            42,
            4,
            1,
        )
        last = db.session.scalars(select(audit.AuditEntry).order_by(audit.AuditEntry.id.desc())).first()
        assert last
        assert (last.act, last.actor, last.subject) == ("census.delete", "worker", f"census:{number}")
        assert '"entries": 42' in last.detail
        assert audit.find_break() is None
        jobs.end_lists()
        assert db.session.scalar(select(func.count()).select_from(CensusCertificate)) == 1


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_the_certificate_says_what_went_and_on_what_basis(app: Flask, lang: str) -> None:
    number = fill(app)
    with app.app_context():
        end_in(queries.get_list(number), -1)
        jobs.end_lists()
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    assert f"/{lang}/office/census/certificates/1" in page(officer.get(f"/{lang}/office/census"))
    html = page(officer.get(f"/{lang}/office/census/certificates/1"))
    for words in ("Roll", "Decision 12/2026", ">42<", ">40<", "data-print"):
        assert words in html
    page(officer.get(f"/{lang}/office/census/certificates/2"), 404)
    page(officer.get(f"/{lang}/office/census/{number}"), 404)


def test_staff_are_told_once_a_month_before_and_once_again_at_the_end(app: Flask) -> None:
    person_of(app, "marta@valclair.example", Role.OFFICER)
    person_of(app, "ana@valclair.example")
    with app.app_context():
        target = make_list()
        told = []
        for days in (31, 30, 12, 4, 3, 1, 0):
            end_in(target, days)
            target.kept_until_on = clock.today() + timedelta(days=days)
            retention.tell()
            db.session.commit()
            told.append(db.session.scalar(select(func.count()).select_from(OutboxMessage)))
        assert told[0] == 0
        letters = db.session.scalars(select(OutboxMessage)).all()
        assert {one.recipient for one in letters} == {"marta@valclair.example"}
        assert "/en/office/census/1/time" in letters[0].text
        before = len(letters)
        retention.tell()
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == before
    officer = signed_in(app, "jon@valclair.example", Role.OFFICER)
    assert "This list is deleted soon" in page(officer.get("/en/office/census/1"))
