"""People who leave, for tests: one with a row in every place that names people, the time that passes, the worker's turn."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import JSON, Boolean, Column, Date, Integer, LargeBinary, func, select

from app.associations import service as associations
from app.associations.rules import Description
from app.core import clock
from app.core.db import Base, Instant, db
from app.mail.suppression import hash_of
from app.people import service as people
from app.people import tags
from app.people.models import Person
from app.privacy import jobs, queries
from app.privacy.holdings import HOLDINGS, By
from app.privacy.rules import SETTLE
from app.readers.models import Mailing
from app.sms.models import Sms
from tests.web.callers import sign_in
from tests.web.conftest import make_client
from tests.web.rolls import bring, make_list, town
from tests.web.voters import open_process, vote

ANA = "ana.lopez@example.org"


def value_of(column: Column[Any], who: int, holding: Any) -> object:
    """Something for a column of a row that names the person."""
    if column.name == holding.column:
        return {By.NUMBER: who, By.ACTOR: f"person:{who}", By.ADDRESS: ANA, By.HASH: hash_of(ANA)}[holding.by]
    if column.foreign_keys:
        return 1
    for kind, made in (
        (Instant, datetime(2026, 3, 1, tzinfo=UTC)), (Date, date(2026, 3, 1)), (Boolean, False),
        (Integer, 2), (LargeBinary, b"secret"), (JSON, {}),
    ):  # fmt: skip
        if isinstance(column.type, kind):
            return made
    return CHOSEN.get((holding.table, column.name), f"s3cret-{column.name}")


CHOSEN = {
    ("consents", "channel"): "page",
    ("census_matches", "way"): "self",
    ("one_time_links", "kind"): "set_up",
    ("contact_points", "kind"): "email",
    ("other_contact_points", "kind"): "phone",
    ("outbox_messages", "state"): "sent",
    ("census_imports", "state"): "applied",
    ("suppressions", "reason"): "complaint",
    ("sms_messages", "state"): "sent",
}
ALREADY = ("persons", "contact_points", "audit_entries", "census_imports", "person_words", "ballot_roll")
"""Their rows come by the site's own ways."""


def fill(app: Flask) -> int:
    """A person with a row in every holding; their number."""
    client = make_client(app)
    sign_in(app, client, ANA)
    with app.app_context():
        bring(make_list(), town(40))
        person = people.find_person_by_email(ANA)
        assert person is not None
        people.describe(person, "Ana López", "en")
        tags.tag("shell", person, "interpreter")
        vote(open_process(), person.id, "7")
        db.session.add(
            Mailing(
                title="News",
                purpose="newsletter",
                audience="people",
                texts={},
                made_by="shell",
                made_at=clock.now(),
            )
        )
        at = clock.now()
        words = {
            "form_key": "1",
            "segment_id": 1,
            "segment_version": 1,
            "text": "News",
            "parts": 1,
            "left_out": {},
        }
        db.session.add(Sms(**words, made_by="shell", made_at=at, send_at=at))
        associations.apply(person.id, "Ana López", Description("Choir of Valclair", "We sing.", "culture"))
        for holding in HOLDINGS:
            table = Base.metadata.tables[holding.table]
            mine = (
                select(func.count())
                .select_from(table)
                .where(queries.is_theirs(holding, queries.whose(person.id)))
            )
            if holding.table in ALREADY or holding.by is By.ACTOR or db.session.scalar(mine):
                continue
            row = {column.name: value_of(column, person.id, holding) for column in table.columns}
            row = {k: v for k, v in row.items() if k != "id" or holding.table == "segments"}
            db.session.execute(table.insert().values(row))
        db.session.commit()
        return person.id


def left(person_id: int, addresses: tuple[str, ...]) -> dict[tuple[str, str], int]:
    """How many rows of each holding still name the person."""
    who = queries.Whose(person_id, addresses)
    found = {}
    for one in HOLDINGS:
        table = queries.table_of(one)
        asked = select(func.count()).select_from(table).where(queries.is_theirs(one, who))
        found[one.table, one.column] = db.session.scalar(asked) or 0
    return found


def let_pass(app: Flask, span: timedelta = SETTLE * 2) -> None:
    """Let time pass for closed accounts: their closing is moved back."""
    with app.app_context():
        for person in db.session.scalars(select(Person).where(Person.disabled_at.is_not(None))):
            person.disabled_at = (person.disabled_at or clock.now()) - span
        db.session.commit()


def erase_all(app: Flask) -> None:
    """The worker's turn."""
    with app.app_context():
        jobs.erase()
