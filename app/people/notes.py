"""Use cases about notes: what officers write down about a person for those who meet them next. The person may read it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from app.core import audit, clock
from app.core.db import count_changed, db
from app.people.errors import NoteUnusable
from app.people.models import Person, PersonNote

LONGEST = 1_000


def add(actor: str, person: Person, text: str) -> PersonNote:
    """Write a note. Raises: NoteUnusable when there are no words or too many."""
    words = text.strip()
    if not 0 < len(words) <= LONGEST:
        raise NoteUnusable(LONGEST)
    made = PersonNote(person_id=person.id, text=words, made_by=actor, made_at=clock.now())
    db.session.add(made)
    db.session.flush()
    audit.record(actor, "person.note", f"person:{person.id}", note=made.id)
    return made


def remove(actor: str, person: Person, note_id: int) -> None:
    """Take a note of this person away, if it is there."""
    mine = delete(PersonNote).where(PersonNote.person_id == person.id, PersonNote.id == note_id)
    if count_changed(mine):
        audit.record(actor, "person.unnote", f"person:{person.id}", note=note_id)


def list_notes(person_id: int) -> Sequence[PersonNote]:
    """The notes about a person, the newest first."""
    mine = select(PersonNote).where(PersonNote.person_id == person_id).order_by(PersonNote.id.desc())
    return db.session.scalars(mine).all()
