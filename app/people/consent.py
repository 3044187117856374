"""Consent: who said yes or no to which letters, by which words, when and how. Rows are added, never changed: they are the proof.

What stands is the newest row of a person and purpose. Mailings ask `consenting` when they send, not before,
and hear of a no to what waits in the outbox by the signal `withdrawn`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from blinker import Signal
from flask import current_app
from sqlalchemy import Select, and_, exists, select
from sqlalchemy.orm import aliased

from app.core import audit, clock
from app.core.db import db
from app.people.models import Consent, Person
from app.people.purposes import BY_KEY, PURPOSES, SMS, Purpose

withdrawn = Signal("A person takes back a yes (`person_id`, `purpose`), in the transaction that notes it.")
CHANNELS = ("page", "desk", "letter", "one-click")
"""How somebody said it: on their own page, to an officer, in a letter on paper, or by the link that mail programs offer."""
OF_OFFICERS = ("desk", "letter")
"""Those that an officer notes."""


@dataclass(frozen=True)
class Way:
    """How a consent reached the site: the channel, the language in which its text was read, and the officer who noted it."""

    channel: str
    language: str
    recorded_by: str | None = None


def consents_of(person_id: int) -> dict[str, Consent]:
    """The newest row of each purpose on which the person has said something, by the purpose's key."""
    return {row.purpose: row for row in reversed(history_of(person_id))}


def history_of(person_id: int) -> Sequence[Consent]:
    """All that the person ever said, the newest first."""
    mine = select(Consent).where(Consent.person_id == person_id)
    return db.session.scalars(mine.order_by(Consent.id.desc())).all()


def holds(row: Consent | None) -> bool:
    """Whether this newest row is a yes to the text that is shown now."""
    return row is not None and row.is_given and row.text_version == BY_KEY[row.purpose].version


def is_given(person_id: int, purpose: str) -> bool:
    """Whether the person consents to the purpose now. Raises: KeyError for a purpose that is not declared."""
    chosen = consenting(purpose).where(Consent.person_id == person_id)
    return db.session.scalar(chosen) is not None


def consenting(purpose: str) -> Select[int]:
    """The ids (`person_id`) of everybody who consents to the purpose and whose account is not closed.

    Raises: KeyError for a purpose that is not declared.
    """
    said, later, account = Consent, aliased(Consent), aliased(Person)
    newer = and_(later.person_id == said.person_id, later.purpose == said.purpose, later.id > said.id)
    yes = and_(said.purpose == purpose, said.is_given, said.text_version == BY_KEY[purpose].version)
    open_ones = select(said.person_id).join(account, account.id == said.person_id)
    return open_ones.where(account.disabled_at.is_(None), yes, ~exists().where(newer))


def refusing(purpose: str) -> Select[int]:
    """The ids (`person_id`) of everybody whose newest word about the purpose is a no, by whatever text."""
    said, later = Consent, aliased(Consent)
    newer = and_(later.person_id == said.person_id, later.purpose == said.purpose, later.id > said.id)
    return select(said.person_id).where(said.purpose == purpose, ~said.is_given, ~exists().where(newer))


def give(person_id: int, purpose: Purpose, way: Way) -> None:
    """Note a yes to the text that is shown now. Said twice, it is noted once."""
    if not holds(consents_of(person_id).get(purpose.key)):
        _note(person_id, purpose, way, given=True)


def withdraw(person_id: int, purpose: Purpose, way: Way) -> None:
    """Note a no. Whoever never said yes has nothing to withdraw."""
    last = consents_of(person_id).get(purpose.key)
    if last is not None and last.is_given:
        _note(person_id, purpose, way, given=False)
        withdrawn.send(person_id=person_id, purpose=purpose.key)


def list_offered() -> tuple[Purpose, ...]:
    """The purposes on which people are asked here: SMS only where the site sends them."""
    return (*PURPOSES, SMS) if current_app.config["CIVIC"].sms_url else PURPOSES


def decide(person_id: int, chosen: set[str], way: Way) -> None:
    """Note a yes to each chosen purpose and a no to all others that are offered; unknown words change nothing."""
    for purpose in list_offered():
        (give if purpose.key in chosen else withdraw)(person_id, purpose, way)


def _note(person_id: int, purpose: Purpose, way: Way, *, given: bool) -> None:
    db.session.add(
        Consent(
            person_id=person_id,
            purpose=purpose.key,
            is_given=given,
            text_version=purpose.version,
            language=way.language,
            at=clock.now(),
            channel=way.channel,
            recorded_by=way.recorded_by,
        )
    )
    db.session.flush()
    if way.recorded_by:
        act = "consent.give" if given else "consent.withdraw"
        audit.record(way.recorded_by, act, f"person:{person_id}", purpose=purpose.key, channel=way.channel)
