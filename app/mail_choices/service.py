"""Use cases of readers: stop the letters of one purpose, choose among all, by the link in a letter."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from blinker import Signal

from app.core import languages
from app.core.errors import NotFound
from app.mail_choices import tokens
from app.mail_choices.tokens import Choice
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.models import Person
from app.people.purposes import BY_KEY

stopped = Signal(
    "A reader stopped letters by the link in one of them (`choice`), in the transaction that notes it."
)
CHANNEL = "one-click"


def get_reader(token: str) -> tuple[Choice, Person]:
    """What the link stands for, and whose it is: of an account that became another one's, the other's.

    Raises: NotFound, also for an account that is closed or erased.
    """
    choice = tokens.read(token)
    person = people.find_person(choice.person_id)
    while person is not None and person.erased_at is not None:
        kept = people.find_kept(person.id)
        person = people.find_person(kept) if kept else None
    if person is None or person.disabled_at is not None:
        raise NotFound
    return replace(choice, person_id=person.id), person


def stop(choice: Choice) -> None:
    """No further letter of this purpose; done twice, it is done once."""
    if consent.is_given(choice.person_id, choice.purpose):
        consent.withdraw(choice.person_id, BY_KEY[choice.purpose], _way())
        stopped.send(choice=choice)


def decide(choice: Choice, chosen: Set[str]) -> None:
    """Yes to the purposes that are chosen, no to all others."""
    if choice.purpose not in chosen:
        stop(choice)
    consent.decide(choice.person_id, set(chosen), _way())


def _way() -> Way:
    return Way(CHANNEL, languages.current())
