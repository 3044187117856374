"""Letters to people who asked the council to correct the list."""

from __future__ import annotations

from app.mail import letters, outbox
from app.people import queries as people
from app.people.rules import mail_address
from app.verification.models import CorrectionRequest


def answered(request: CorrectionRequest) -> None:
    """The council's answer. Its words are the officer's."""
    person, point = people.find_person(request.person_id), people.find_email(request.person_id)
    if person is None or point is None or person.disabled_at is not None:
        return
    letter = letters.write("verification/mail/answered.txt", person.language, answer=request.answer)
    outbox.enqueue(letter, mail_address(point.address), key=f"correction:{request.id}")
