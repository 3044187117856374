"""Reads: who of a segment would get an SMS and who not, and how the messages stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.core import clock
from app.core.db import ask, db
from app.core.errors import NotFound
from app.mail import suppression
from app.people import consent
from app.people.models import ContactPoint, OtherContactPoint, Person
from app.people.purposes import SMS
from app.people.rules import mail_address
from app.segments import compiling
from app.segments import queries as segments
from app.segments.rules import Rule
from app.sms.models import Sms, SmsMessage
from app.sms.rules import Standing, international

BATCH = 2_000
REASONS = ("by-email", "no-number", "no-consent", "same-number")
"""Why somebody gets none; the first that is so counts."""


@dataclass
class Sifted:
    """The people who get a message, and how many do not, by reason."""

    people: list[int] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)


def sift(rule: Rule) -> Sifted:
    """Everybody of the rule whose account is neither closed nor about to be erased."""
    found, numbers = Sifted(), set[str]()
    with segments.roomy():
        chosen = compiling.people(rule, segments.moment(), *_columns()).order_by(Person.id)
        rows = db.session.execute(chosen.where(Person.deletion_requested_at.is_(None)))
        for portion in rows.partitions(BATCH):
            _sort(found, numbers, portion)
    return found


def find_number(person_id: int) -> str | None:
    """Where an SMS to this person goes today; None without a number that networks take."""
    mine = (OtherContactPoint.person_id == person_id, OtherContactPoint.kind == "phone")
    written = db.session.scalar(select(OtherContactPoint.words).where(*mine))
    return international(written or "", current_app.config["CIVIC"].sms_prefix)


def get_sms(number: int) -> Sms:
    """The text that was sent, as the database has it now. Raises: NotFound."""
    found = db.session.get(Sms, number, populate_existing=True)
    if found is None:
        raise NotFound
    return found


def texts_of(sms: Sms) -> dict[str, str]:
    """What was written, by language; of an earlier one, which has one text, without naming the language."""
    return sms.texts or {"": sms.text}


def find_by_form(form_key: str) -> Sms | None:
    """What was sent by this form."""
    return db.session.scalar(select(Sms).where(Sms.form_key == form_key))


def get_by_form(form_key: str) -> Sms:
    """What was sent by this form, which somebody did."""
    return db.session.scalars(select(Sms).where(Sms.form_key == form_key)).one()


def list_sms() -> Sequence[Sms]:
    """The last 500 of them, the newest first."""
    return db.session.scalars(select(Sms).order_by(Sms.id.desc()).limit(500)).all()


def read_waiting() -> tuple[int, datetime | None]:
    """How many messages that may leave have not, and since when the first of them may."""
    asked = select(func.count(), func.min(Sms.send_at)).select_from(SmsMessage).join(Sms)
    waits = SmsMessage.state.in_((Standing.WAITING, Standing.SENDING))
    number, since = ask(asked.where(waits, Sms.paused_at.is_(None), Sms.send_at <= clock.now())).one()
    return number, since


def tally(number: int) -> Counter[str]:
    """How many messages of a text stand where, now."""
    rows = select(SmsMessage.state, func.count()).where(SmsMessage.sms_id == number)
    found = Counter({state: many for state, many in ask(rows.group_by(SmsMessage.state))})
    found[Standing.WAITING] += found.pop(Standing.SENDING, 0)
    return found


def _columns() -> list[Any]:
    mine = ContactPoint.person_id == Person.id
    confirmed = select(ContactPoint.address).where(mine, ContactPoint.confirmed_at.is_not(None))
    phone = select(OtherContactPoint.words).where(
        OtherContactPoint.person_id == Person.id, OtherContactPoint.kind == "phone"
    )
    return [
        Person.id.expression,
        func.coalesce(confirmed.order_by(ContactPoint.id).limit(1).scalar_subquery(), ""),
        func.coalesce(phone.scalar_subquery(), ""),
        Person.id.in_(consent.consenting(SMS.key)),
    ]


def _sort(found: Sifted, numbers: set[str], rows: Any) -> None:
    boxes = {row[1]: mail_address(row[1]) for row in rows if row[1]}
    away, prefix = suppression.which(boxes.values()), current_app.config["CIVIC"].sms_prefix
    for person, email, phone, wants in rows:
        number = international(phone, prefix)
        if email and boxes[email] not in away:
            found.left_out["by-email"] += 1
        elif number is None:
            found.left_out["no-number"] += 1
        elif not wants:
            found.left_out["no-consent"] += 1
        elif number in numbers:
            found.left_out["same-number"] += 1
        else:
            numbers.add(number)
            found.people.append(person)
