"""Letters to voters. They never say what was chosen."""

from __future__ import annotations

from app.core import letters, outbox
from app.people import service as people
from app.processes import rules as process_rules
from app.processes.models import Process


def vote_recorded(process: Process, person_id: int, reference: str) -> None:
    """ "Your vote is recorded", with the reference and nothing of the ballot."""
    _send("budgets/mail/vote_recorded.txt", process, person_id, key="vote", reference=reference)


def reminder(process: Process, person_id: int) -> None:
    """A ballot was begun and not confirmed; it does not count yet."""
    ends_at = next(phase.ends_at for phase in process.phases if phase.kind == "balloting")
    _send("budgets/mail/reminder.txt", process, person_id, key="reminder", ends_at=ends_at)


def _send(template: str, process: Process, person_id: int, *, key: str, **values: object) -> None:
    point = people.find_email(person_id)
    if point is None:
        return
    language = people.get_person(person_id).language
    title = process_rules.in_language(process.title, language)
    letter = letters.write(template, language, title=title, slug=process.slug, **values)
    outbox.enqueue(letter, point.address, key=f"{key}:{process.id}:{person_id}")
