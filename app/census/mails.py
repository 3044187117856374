"""Letters to staff about the lists."""

from __future__ import annotations

from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.census.models import CensusList
from app.mail import letters, outbox
from app.people import queries as people
from app.people.rules import mail_address


def ending(target: CensusList, days: int) -> None:
    """A list is deleted in at most so many days; told once to each of the staff."""
    if not automatic_letters.is_on(Kind.LIST_ENDING):
        return
    for person in people.list_staff():
        point = people.find_email(person.id)
        if point is None or point.confirmed_at is None:
            continue
        letter = letters.write(
            "census/mail/ending.txt",
            person.language,
            name=target.name,
            day=target.kept_until_on,
            list_id=target.id,
        )
        key = f"census-ending:{target.id}:{target.kept_until_on}:{days}:{person.id}"
        outbox.enqueue(letter, mail_address(point.address), key=key)
