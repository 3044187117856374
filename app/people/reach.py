"""Use cases about contact points beyond e-mail: telephone and postal address, which people note, or an officer for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from app.core import audit, clock
from app.core.db import db
from app.people.errors import ReachUnusable
from app.people.models import OtherContactPoint, Person
from app.people.rules import clean_phone, clean_postal

KINDS = ("phone", "postal")
SELF = "self"
"""Who noted what a person noted of themselves."""


def reach(person_id: int) -> dict[str, str]:
    """What is noted, by kind; postal addresses have their lines."""
    mine = select(OtherContactPoint).where(OtherContactPoint.person_id == person_id)
    return {point.kind: point.words for point in db.session.scalars(mine)}


def list_postal() -> Sequence[str]:
    """The postal addresses of all people, without saying whose each is."""
    postal = select(OtherContactPoint.words).where(OtherContactPoint.kind == "postal")
    return db.session.scalars(postal).all()


def note_reach(actor: str, person: Person, typed: Mapping[str, str]) -> None:
    """Note telephone and postal address as typed; an empty one is taken away. Raises: ReachUnusable, with all faults."""
    read = {"phone": clean_phone(typed.get("phone", "")), "postal": clean_postal(typed.get("postal", ""))}
    wrong = [kind for kind, words in read.items() if words is None]
    if wrong:
        raise ReachUnusable(wrong)
    before, noted_by = reach(person.id), SELF if actor == f"person:{person.id}" else actor
    changed = [kind for kind, words in read.items() if (words or "") != before.get(kind, "")]
    for kind in changed:
        mine = (OtherContactPoint.person_id == person.id, OtherContactPoint.kind == kind)
        db.session.execute(delete(OtherContactPoint).where(*mine))
        if read[kind]:
            row = OtherContactPoint(
                person_id=person.id, kind=kind, words=read[kind], noted_by=noted_by, noted_at=clock.now()
            )
            db.session.add(row)
    db.session.flush()
    if changed:
        audit.record(actor, "person.reach", f"person:{person.id}", kinds=changed)
