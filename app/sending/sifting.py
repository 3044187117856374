"""Who of a mailing's readers may be written to, where, and why the others may not: asked anew each time, never kept for later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from app.core import clock
from app.core.db import ask, db
from app.mail import suppression
from app.people import consent
from app.people.models import Consent, ContactPoint, Person
from app.people.rules import mail_address, normalize_address
from app.readers.models import Mailing, Recipient
from app.readers.rules import OUTCOMES, Standing
from app.segments import compiling
from app.segments import queries as segments
from app.segments.rules import AllOf, AnyOf, Condition, Not, Rule
from app.sending.rules import Audience

SAMPLE = 5
BATCH = 2000
WRITTEN_TO = (Standing.HANDED, Standing.SENT)
Some = Sequence[int] | Select[Any]
"""A few people: their numbers, or what finds them."""
_NEWS = "processes"
"""The purpose of who wants to hear when something opens and is decided."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A person whom a mailing is meant for; `left_out` is empty when they may be written to, at `address`."""

    person_id: int
    name: str
    language: str
    address: str
    left_out: str


@dataclass
class DryRun:
    """Who would get a mailing now: how many, in which languages, at which domains, and the others by reason, some of each."""

    total: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    samples: dict[str, list[Reader]] = field(default_factory=dict)
    domains: Counter[str] = field(default_factory=Counter)

    @property
    def number(self) -> int:
        """How many would get it."""
        return self.total - self.left_out.total()

    @property
    def of_one_domain(self) -> int:
        """How many of them are at the mail domain with the most."""
        return max(self.domains.values(), default=0)

    def add(self, reader: Reader) -> None:
        """Count one more."""
        self.total += 1
        if reader.left_out:
            self.left_out[reader.left_out] += 1
        else:
            self.languages[reader.language] += 1
            self.domains[reader.address.rpartition("@")[2].lower()] += 1
        some = self.samples.setdefault(reader.left_out, [])
        if len(some) < SAMPLE:
            some.append(reader)


def rule_of(audience: Audience) -> Rule:
    """The people of a segment, of an outcome of a mailing, or of a moment of a process, as a rule. Raises: NoSuchSegment."""
    if audience.kind in OUTCOMES:
        return Condition("mailing", audience.kind, (("mailing", audience.number),))
    wanted = Condition("letters", "wanted", (("purpose", _NEWS),))
    began, voted = (
        Condition("activity", "ever", (("kind", kind), ("process", audience.number)))
        for kind in ("began", "voted")
    )
    if audience.kind == "segment":
        return segments.get_described(audience.number, audience.version).rule
    moments: dict[str, Rule] = {
        "opened": wanted,
        "last-days": AllOf((began, Not(voted))),
        "results": AnyOf((wanted, began, voted)),
    }
    return moments[audience.kind]


def ids(mailing: Mailing, *columns: ColumnElement[Any]) -> Select[Any]:
    """The people whom the mailing is meant for today; their ids, unless told which columns."""
    audience = Audience.of(mailing.audience)
    if audience is None or audience.kind == "people":
        listed = Recipient.person_id == Person.id
        chosen = select(*(columns or (Person.id,))).select_from(Person).join(Recipient, listed)
        return chosen.where(Recipient.mailing_id == mailing.id, Person.disabled_at.is_(None))
    return compiling.people(rule_of(audience), segments.moment(), *columns)


def count(mailing: Mailing) -> int:
    """How many people it is meant for, whether they may be written to or not."""
    with segments.roomy():
        return db.session.scalar(ids(mailing, func.count())) or 0


def try_out(mailing: Mailing) -> DryRun:
    """Who would get it now, and who would not."""
    found = DryRun()
    with segments.roomy():
        rows = ids(mailing, *_columns(mailing)).order_by(Person.id)
        for reader in _read(db.session.execute(rows.execution_options(yield_per=BATCH)).partitions()):
            found.add(reader)
    return found


def sift(mailing: Mailing, people: Some) -> list[Reader]:
    """What is so of these few readers at this moment, by number."""
    rows = select(*_columns(mailing, people)).where(Person.id.in_(people)).order_by(Person.id)
    return list(_read([ask(rows).all()]))


def _columns(mailing: Mailing, people: Some | None = None) -> list[ColumnElement[Any]]:
    mine = ContactPoint.person_id == Person.id
    confirmed = select(ContactPoint.address).where(mine, ContactPoint.confirmed_at.is_not(None))
    consenting = consent.consenting(mailing.purpose)
    since = clock.now() - timedelta(days=mailing.apart_days)
    other = aliased(Recipient)
    others = select(other.person_id).where(
        other.mailing_id != mailing.id, other.at >= since, other.state.in_(WRITTEN_TO)
    )
    if people is not None:
        consenting = consenting.where(Consent.person_id.in_(people))
        others = others.where(other.person_id.in_(people))
    return [
        Person.id.expression,
        Person.display_name.expression,
        Person.language.expression,
        confirmed.order_by(ContactPoint.id).limit(1).scalar_subquery(),
        select(ContactPoint.address).where(mine).order_by(ContactPoint.id).limit(1).scalar_subquery(),
        Person.disabled_at.is_(None) & Person.id.in_(consenting),
        Person.id.in_(others),
    ]


def _read(portions: Any) -> Iterator[Reader]:
    for rows in portions:
        boxes = {row[3]: mailbox_of(row[3]) for row in rows if row[3]}
        away = suppression.which(box for box in boxes.values() if box)
        for number, name, language, confirmed, written, wants, lately in rows:
            box = boxes.get(confirmed)
            reasons = (
                (Standing.NO_ADDRESS, not (box if confirmed else written)),
                (Standing.UNCONFIRMED, not confirmed),
                (Standing.SUPPRESSED, box in away),
                (Standing.NO_CONSENT, not wants),
                (Standing.RECENT, lately),
            )
            why = next((str(reason) for reason, is_so in reasons if is_so), "")
            yield Reader(number, name, language, box or written or "", why)


def mailbox_of(address: str) -> str | None:
    """Where mail to an address goes; None for one that no mail could reach."""
    return mail_address(address) if normalize_address(address) else None


def site_name() -> str:
    """What a text calls the council."""
    return str(current_app.config["CIVIC"].site_name)
