"""Letters to people whose account nobody uses, or was made one with another."""

from __future__ import annotations

from datetime import date

from app.mail import letters, outbox
from app.people import queries as people
from app.people.models import Person
from app.people.rules import mail_address


def unused(person: Person, erased_on: date, *, is_last: bool) -> None:
    """The account is erased on that day unless its person signs in. Once for each of the two letters."""
    point = people.find_email(person.id)
    if point is None:
        return
    letter = letters.write("privacy/mail/unused.txt", person.language, day=erased_on)
    key = f"unused:{person.id}:{erased_on}:{'last' if is_last else 'first'}"
    outbox.enqueue(letter, mail_address(point.address), key=key)


def merged(kept: Person, gone_id: int) -> None:
    """Two accounts were made one: told to every address of either, so that nobody's account is taken without a word."""
    letter = letters.write("privacy/mail/merged.txt", kept.language)
    for point in kept.contact_points:
        outbox.enqueue(letter, mail_address(point.address), key=f"merged:{kept.id}:{gone_id}:{point.id}")
