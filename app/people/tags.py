"""Use cases about tags: officers put words on people and take them off. The record, kept for ever, does not hold the words."""

from __future__ import annotations

from sqlalchemy import delete, select

from app.core import audit
from app.core.db import add_new, count_changed, db
from app.people.models import Person, PersonTag
from app.people.rules import clean_tag


def tag(actor: str, person: Person, word: str) -> bool:
    """Put a tag on a person; False when it cannot be one. Twice is once."""
    clean = clean_tag(word)
    if clean is None:
        return False
    if add_new(PersonTag, {"person_id": person.id, "tag": clean}):
        audit.record(actor, "person.tag", f"person:{person.id}")
    return True


def untag(actor: str, person: Person, word: str) -> None:
    """Take a tag off, if it is on."""
    mine = delete(PersonTag).where(PersonTag.person_id == person.id, PersonTag.tag == word)
    if count_changed(mine):
        audit.record(actor, "person.untag", f"person:{person.id}")


def list_tags(person_id: int) -> list[str]:
    """The tags of a person, sorted."""
    mine = select(PersonTag.tag).where(PersonTag.person_id == person_id).order_by(PersonTag.tag)
    return list(db.session.scalars(mine))


def list_all_tags() -> list[str]:
    """Every tag that somebody has, sorted."""
    return list(db.session.scalars(select(PersonTag.tag).distinct().order_by(PersonTag.tag)))
