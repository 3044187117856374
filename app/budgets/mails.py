"""Letters to voters. They never say what was chosen."""

from __future__ import annotations

from collections.abc import Sequence

from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.core import clock, languages
from app.mail import circulars, letters, outbox
from app.mail.letters import Letter
from app.mail.outbox import Copy
from app.people import service as people
from app.people.rules import mail_address
from app.processes import rules as process_rules
from app.processes.models import Process
from app.processes.rules import find_balloting


def vote_recorded(process: Process, person_id: int, address: str, reference: str) -> None:
    """ "Your vote is recorded", in the language of the page, with the reference and nothing of the ballot."""
    if not automatic_letters.is_on(Kind.VOTE_RECORDED):
        return
    letter = _write("vote_recorded", process, languages.current(), reference=reference)
    outbox.enqueue(letter, mail_address(address), key=f"vote:{process.id}:{person_id}")


def reminder(process: Process, person_id: int) -> None:
    """A ballot was begun and not confirmed; it does not count yet."""
    point, person = people.find_email(person_id), people.get_person(person_id)
    if point is None or person.disabled_at is not None:
        return
    ends_at = next(phase.ends_at for phase in process.phases if phase.kind == "balloting")
    letter = _write("reminder", process, person.language, ends_at=ends_at)
    outbox.enqueue(letter, mail_address(point.address), key=f"reminder:{process.id}:{person_id}")


def dates_moved(process: Process, readers: Sequence[tuple[int, str, str]]) -> None:
    """The time in which ballots are taken is another one now; `readers`: number, address and language of each."""
    now = clock.now()
    phase = find_balloting(process.spans)
    for language in sorted({spoken for _, _, spoken in readers}):
        letter = _write("dates_moved", process, language, phase=phase, is_over=phase and phase.ends_at <= now)
        copies = (
            Copy(mail_address(address), f"dates:{process.id}:{now.isoformat()}:{person_id}", {})
            for person_id, address, spoken in readers
            if spoken == language
        )
        outbox.enqueue_circular(circulars.add(letter, language), copies, send_at=now)


def _write(name: str, process: Process, language: str, **values: object) -> Letter:
    title = process_rules.in_language(process.title, language)
    return letters.write(f"budgets/mail/{name}.txt", language, title=title, slug=process.slug, **values)
