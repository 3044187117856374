"""Use cases about accounts: open one, confirm its address, describe it, note what it did, give and take roles, close it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.core import audit, clock
from app.core.db import add_new, db
from app.core.policy import Role
from app.mail import suppression
from app.people.errors import AddressUnusable, LastAdministrator, NameUnusable, NoSuchPerson
from app.people.models import Activity, ContactPoint, Person
from app.people.queries import find_email, find_person, find_person_by_email, is_confirmed
from app.people.rules import clean_name, normalize_address
from app.people.search import keep_words

__all__ = ["find_email", "find_person", "find_person_by_email", "is_confirmed"]


MERGE = "person.merge"
"""How the act is called by which two accounts become one; its subject is the one that stays, `gone` the other's number."""


def get_person(person_id: int) -> Person:
    """The account. Raises: NoSuchPerson, for one that was erased too."""
    person = find_person(person_id)
    if person is None or person.erased_at is not None:
        raise NoSuchPerson
    return person


def check_address(typed: str) -> str:
    """The normalized address. Raises: AddressUnusable."""
    normalized = normalize_address(typed)
    if normalized is None:
        raise AddressUnusable(fields={"email": AddressUnusable().message()})
    return normalized


def ensure_person(address: str, language: str) -> Person:
    """The account of this address, opened if there is none; two at once get the same one. Raises: AddressUnusable."""
    normalized = check_address(address)
    known = find_person_by_email(normalized)
    if known is not None:
        return known
    now = clock.now()
    try:
        with db.session.begin_nested():
            person = Person(language=language, created_at=now, sessions_from=now)
            person.contact_points.append(ContactPoint(address=address.strip(), normalized=normalized))
            db.session.add(person)
        keep_words(person)
    except IntegrityError:
        raced = find_person_by_email(normalized)
        if raced is None:
            raise
        return raced
    return person


def open_without_address(language: str) -> Person:
    """A new account of somebody who came to the council's desk and has no e-mail: nobody can sign in to it."""
    now = clock.now()
    person = Person(language=language, created_at=now, sessions_from=now)
    db.session.add(person)
    db.session.flush()
    return person


def confirm_address(person: Person, address: str) -> None:
    """Note that the person reads what arrives at the address; the first time counts."""
    normalized = normalize_address(address)
    suppression.trust(normalized or address)
    for point in person.contact_points:
        if point.normalized == normalized and point.confirmed_at is None:
            point.confirmed_at = clock.now()
    db.session.flush()


def describe(person: Person, display_name: str, language: str) -> None:
    """Set how the person is called (may be empty) and the language of their letters. Raises: NameUnusable."""
    name = clean_name(display_name)
    if name is None:
        raise NameUnusable(fields={"display_name": NameUnusable().message()})
    person.display_name = name
    person.language = language
    db.session.flush()
    keep_words(person)


def end_all_sessions(person: Person) -> None:
    """Whatever is signed in as this person is no longer."""
    person.sessions_from = clock.now()
    db.session.flush()


def grant_role(person: Person, role: Role, actor: str) -> None:
    """Give or take a staff role; sessions end, so that the role in force is always the one that was signed in with.

    Raises: LastAdministrator.
    """
    if person.granted_role is role:
        return
    if person.granted_role is Role.ADMINISTRATOR:
        _check_other_administrator(person)
    before, person.role = person.role, role.name.lower()
    end_all_sessions(person)
    audit.record(actor, "person.role", f"person:{person.id}", before=before, after=person.role)


def disable(person: Person, actor: str) -> None:
    """Close the account: it cannot sign in, and its sessions end. Raises: LastAdministrator."""
    if person.granted_role is Role.ADMINISTRATOR:
        _check_other_administrator(person)
    person.disabled_at = clock.now()
    end_all_sessions(person)
    audit.record(actor, "person.disable", f"person:{person.id}")


def request_deletion(person: Person) -> None:
    """Note that the account is to be erased. The first time counts."""
    if person.deletion_requested_at is None:
        person.deletion_requested_at = clock.now()
        db.session.flush()


def find_kept(person_id: int) -> int | None:
    """The account that this one became when officers made one of two."""
    kept = audit.find_subject(MERGE, gone=person_id)
    return int(kept.removeprefix("person:")) if kept else None


def note_activity(person_id: int, kind: str, process_id: int | None = None) -> None:
    """Log that the person did this kind of thing ("voted", never what) today (UTC); once a day and process is enough.

    `kind` is one of engagement.KINDS; segments and the engagement level are made of them.
    """
    row = {"person_id": person_id, "kind": kind, "process_id": process_id or 0, "on": clock.now().date()}
    add_new(Activity, row)


def _check_other_administrator(person: Person) -> None:
    # The rows are locked in one order: two administrators who remove each other at once cannot both succeed.
    administrators = select(Person).where(Person.role == "administrator", Person.disabled_at.is_(None))
    locked = db.session.scalars(administrators.order_by(Person.id).with_for_update()).all()
    if not any(other.id != person.id for other in locked):
        raise LastAdministrator
