"""Letters to delegates and to people who asked to be members. Names and reasons in them are other people's words."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import current_app

from app.associations import queries
from app.associations.models import Association, AssociationMember
from app.associations.rules import Standing, reminder
from app.automatic_letters import queries as automatic_letters
from app.automatic_letters.rules import Kind
from app.core import clock
from app.mail import letters, outbox
from app.people import queries as people
from app.people.rules import mail_address, unlinked


def decided(association: Association) -> None:
    """The council has validated, refused or ended it."""
    at = clock.now().timestamp()
    if automatic_letters.is_on(Kind.ASSOCIATION_DECIDED):
        _to_delegates("decided", association, f"{association.state}:{at}")


def asked(association: Association, name: str, person_id: int) -> None:
    """Somebody asks to be a member."""
    at = clock.now().timestamp()
    if automatic_letters.is_on(Kind.MEMBER_ASKED):
        _to_delegates("asked", association, f"asked:{person_id}:{at}", name=unlinked(name))


def answered(association: Association, member: AssociationMember, *, is_confirmed: bool) -> None:
    """A delegate has answered the request."""
    key = f"answered:{member.since_at.timestamp()}"
    if automatic_letters.is_on(Kind.MEMBER_ANSWERED):
        _write("answered", association, member.person_id, key, is_confirmed=is_confirmed)


def due(association: Association, today: date) -> None:
    """The renewal comes near. The key of the letter is that of the reminder: it is written once."""
    days = reminder(association.due_on, today) if association.due_on else None
    if days is not None and automatic_letters.is_on(Kind.ASSOCIATION_DUE):
        _to_delegates("due", association, f"due:{association.due_on}:{days}")


def left_alone(association: Association) -> None:
    """Its last delegate closed their account: to the address of the association itself, if it has told one."""
    if association.email:
        language = current_app.config["CIVIC"].languages[0]
        called = unlinked(association.name)
        letter = letters.write("associations/mail/left_alone.txt", language, called=called)
        to = mail_address(association.email)
        outbox.enqueue(letter, to, key=f"association:{association.id}:alone:{association.alone_since_at}")


def _to_delegates(template: str, association: Association, key: str, **values: Any) -> None:
    for delegate in queries.list_members(association.id, Standing.DELEGATE):
        _write(template, association, delegate.person_id, key, **values)


def _write(template: str, association: Association, person_id: int, key: str, **values: Any) -> None:
    person, point = people.find_person(person_id), people.find_email(person_id)
    if person is None or point is None or person.disabled_at is not None:
        return
    path = f"associations/mail/{template}.txt"
    called = unlinked(association.name)
    letter = letters.write(path, person.language, association=association, called=called, **values)
    to = mail_address(point.address)
    outbox.enqueue(letter, to, key=f"association:{association.id}:{key}:{person_id}")
