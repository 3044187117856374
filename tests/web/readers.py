"""People who get mailings, and mailings for them, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.core import clock
from app.core.db import db
from app.mail import delivery
from app.mailings import service
from app.mailings.service import Confirmation, Words
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.purposes import BY_KEY
from app.readers import queries
from app.readers.models import Mailing
from app.segment_builder import service as segments
from app.segments.rules import AllOf
from app.sending import jobs, sifting

OFFICER = "person:1"
EVERYBODY = AllOf(())
TEXTS = {
    "fr": {"subject": "Nouvelles de {site}", "body": "Bonjour {name|voisine},\n\n**à bientôt** !"},
    "es": {"subject": "Noticias de {site}", "body": "Hola {name|vecina},\n\n**hasta pronto**."},
    "en": {"subject": "News of {site}", "body": "Hello {name|neighbour},\n\n**see you soon**."},
}


def reader(
    address: str, *, name: str = "", language: str = "en", wants: bool = True, confirmed: bool = True
) -> int:
    """The number of somebody with an account; inside an app context."""
    person = people.ensure_person(address, language)
    if confirmed:
        people.confirm_address(person, address)
    people.describe(person, name, language)
    if wants:
        consent.give(person.id, BY_KEY["newsletter"], Way("page", language))
    db.session.commit()
    return person.id


def everybody() -> str:
    """A mailing's word for all people with an account."""
    found = segments.queries.find_segment("Everybody")
    described = segments.queries.get_described(found.id) if found else None
    if described is None:
        described = segments.create("shell", "Everybody", "Letters", EVERYBODY)
        db.session.commit()
    return "segment:{}:{}".format(*described.pin)


def draft(**more: Any) -> Mailing:
    """A mailing to everybody, not confirmed."""
    words = {
        "title": "News",
        "purpose": "newsletter",
        "audience": everybody(),
        "apart_days": 0,
        "texts": TEXTS,
    }
    made = service.write(OFFICER, Words(**{**words, **more}))
    db.session.commit()
    return made


def confirm(mailing: Mailing, **more: Any) -> None:
    """Confirm it as an officer who read the page would."""
    number = sifting.try_out(mailing).number
    said = {"revision": mailing.revision, "shown": number, "typed": str(number)}
    service.confirm(OFFICER, mailing, Confirmation(**{**said, **more}))
    db.session.commit()


def let_begin(monkeypatch: pytest.MonkeyPatch, minutes: float = 11) -> None:
    """Let so many minutes pass, and the worker have its turn."""
    at = clock.now() + timedelta(minutes=minutes)
    monkeypatch.setattr(clock, "now", lambda: at)
    jobs.send()


def states(mailing: Mailing) -> dict[str, int]:
    """How many readers stand where."""
    return {str(state): number for state, number in queries.tally(mailing.id).items()}


def again(mailing: Mailing) -> Mailing:
    """The mailing as the database has it."""
    return queries.get_mailing(mailing.id)


def deliver() -> None:
    """Let everything leave that may, and the worker note it."""
    while delivery.deliver():
        pass
    jobs.settle()
