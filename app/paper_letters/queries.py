"""Who of a segment gets a letter on paper, and how many do not and why: asked anew each time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import current_app
from sqlalchemy import func, select

from app.core.db import db
from app.mail import suppression
from app.paper_letters.rules import Letter, window_lines
from app.people import consent
from app.people.models import ContactPoint, OtherContactPoint, Person
from app.people.rules import mail_address
from app.segments import compiling
from app.segments import queries as segments
from app.segments.rules import Rule

BATCH = 2_000


@dataclass
class Sifted:
    """The letters, and how many people get none: they get an e-mail, said no, have no postal address, or one too long."""

    letters: list[Letter] = field(default_factory=list)
    by_email: int = 0
    refusing: int = 0
    no_address: int = 0
    unfit: int = 0

    @property
    def total(self) -> int:
        """Everybody in the segment."""
        return len(self.letters) + self.by_email + self.refusing + self.no_address + self.unfit


def sift(rule: Rule, purpose: str) -> Sifted:
    """Everybody of the rule whose account is neither closed nor about to be erased. Raises: KeyError for an unknown purpose."""
    found = Sifted()
    with segments.roomy():
        chosen = compiling.people(rule, segments.moment(), *_columns(purpose)).order_by(Person.id)
        rows = db.session.execute(chosen.where(Person.deletion_requested_at.is_(None)))
        for portion in rows.partitions(BATCH):
            _sort(found, portion)
    return found


def _columns(purpose: str) -> list[Any]:
    mine = ContactPoint.person_id == Person.id
    confirmed = select(ContactPoint.address).where(mine, ContactPoint.confirmed_at.is_not(None))
    postal = select(OtherContactPoint.words).where(
        OtherContactPoint.person_id == Person.id, OtherContactPoint.kind == "postal"
    )
    return [
        Person.id.expression,
        Person.display_name.expression,
        func.coalesce(confirmed.order_by(ContactPoint.id).limit(1).scalar_subquery(), ""),
        func.coalesce(postal.scalar_subquery(), ""),
        Person.id.in_(consent.consenting(purpose)),
        Person.id.in_(consent.refusing(purpose)),
    ]


def _sort(found: Sifted, rows: Any) -> None:
    boxes = {row[2]: mail_address(row[2]) for row in rows if row[2]}
    away = suppression.which(boxes.values())
    districts = segments.districts_of([row[0] for row in rows])
    site = str(current_app.config["CIVIC"].site_name)
    for number, name, email, postal, wants, refuses in rows:
        if refuses:
            found.refusing += 1
        elif email and wants and boxes[email] not in away:
            found.by_email += 1
        elif not postal:
            found.no_address += 1
        elif not (lines := window_lines(name, postal)):
            found.unfit += 1
        else:
            known = {"name": name, "district": districts.get(number, ""), "site": site}
            found.letters.append(Letter(number, lines, known))
