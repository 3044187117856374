"""Letters to people who asked the council to correct the list, or whose check had to wait."""

from __future__ import annotations

from datetime import datetime

from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.mail import letters, outbox
from app.people import queries as people
from app.people.rules import mail_address
from app.verification.models import CorrectionRequest


def settled(person_id: int, outcome: str, made_at: datetime) -> None:
    """What became of a check that waited: found, not-found or no-answer."""
    if not automatic_letters.is_on(Kind.CHECK_SETTLED):
        return
    person, point = people.find_person(person_id), people.find_email(person_id)
    if person is None or point is None or person.disabled_at is not None:
        return
    letter = letters.write("verification/mail/settled.txt", person.language, outcome=outcome)
    outbox.enqueue(letter, mail_address(point.address), key=f"check:{person_id}:{made_at:%Y%m%dT%H%M%S%f}")


def answered(request: CorrectionRequest) -> None:
    """The council's answer. Its words are the officer's."""
    person, point = people.find_person(request.person_id), people.find_email(request.person_id)
    if person is None or point is None or person.disabled_at is not None:
        return
    letter = letters.write("verification/mail/answered.txt", person.language, answer=request.answer)
    outbox.enqueue(letter, mail_address(point.address), key=f"correction:{request.id}")
