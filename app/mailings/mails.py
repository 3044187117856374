"""The letter to an officer whose mailing did not leave at its hour."""

from __future__ import annotations

from app.mail import letters, outbox
from app.people import queries as people
from app.people.rules import mail_address
from app.readers.models import Mailing


def given_back(mailing: Mailing) -> None:
    """Whoever confirmed it looks at it again: once for each time that it was given back."""
    kind, _, number = (mailing.confirmed_by or "").partition(":")
    if kind != "person":
        return
    person, point = people.find_person(int(number)), people.find_email(int(number))
    if person is None or point is None or person.disabled_at is not None:
        return
    letter = letters.write("mailings/mail/given_back.txt", person.language, mailing=mailing)
    key = f"given-back:{mailing.id}:{mailing.revision}"
    outbox.enqueue(letter, mail_address(point.address), key=key)
