"""Who belongs to an association: people ask, delegates answer, and there is always one left who can."""

from __future__ import annotations

from app.associations import mails, queries
from app.associations.errors import AlreadyAsked, LastDelegate, NoName, NoSuchMember, NotDelegate
from app.associations.models import AssociationMember
from app.associations.rules import REQUESTS, Standing, State
from app.associations.service import Acting, check_delegate, locked
from app.core import audit, clock, throttle
from app.core.db import add_new, db
from app.core.errors import NotFound
from app.people import service as people
from app.people.rules import clean_name


def check_name(typed: str) -> str:
    """The name by which an association knows somebody. Raises: NoName."""
    name = clean_name(typed)
    if not name:
        raise NoName
    return name


def ask(person_id: int, association_id: int, typed: str) -> None:
    """Ask to be a member; the delegates are told. Raises: NotFound, NoName, AlreadyAsked, TooMany."""
    association = queries.get_association(association_id)
    if association.state != State.REGISTERED:
        raise NotFound
    name = check_name(typed)
    throttle.count(REQUESTS, str(person_id))
    if not add_new(AssociationMember, _row(association_id, person_id, Standing.ASKED, name)):
        raise AlreadyAsked
    mails.asked(association, name, person_id)


def answer(acting: Acting, person_id: int, wish: str) -> None:
    """Confirm somebody who asked, name a member a delegate, or take somebody off (one who asked is refused by it).

    `wish` is confirm, appoint or remove. Only officers take a delegate off. Raises: NoSuchMember, NotDelegate.
    """
    association = acting.association
    member = queries.find_member(association.id, person_id)
    fits = {"confirm": (Standing.ASKED,), "appoint": (Standing.MEMBER,), "remove": tuple(Standing)}
    if member is None or member.standing not in fits[wish]:
        raise NoSuchMember
    if wish == "remove" and member.standing == Standing.DELEGATE and not acting.is_officer:
        raise NotDelegate
    before = member.standing
    if wish == "remove":
        db.session.delete(member)
    else:
        member.standing = Standing.MEMBER if wish == "confirm" else Standing.DELEGATE
    db.session.flush()
    _record(acting, wish, person_id)
    if before == Standing.ASKED:
        mails.answered(association, member, is_confirmed=wish == "confirm")


def name_delegate(acting: Acting, address: str, typed: str, language: str) -> None:
    """An officer names a delegate by e-mail, for an association that has none. Raises: AddressUnusable, NoName."""
    name, person = check_name(typed), people.ensure_person(address, language)
    add_new(AssociationMember, _row(acting.association.id, person.id, Standing.DELEGATE, name))
    member = queries.find_member(acting.association.id, person.id)
    assert member is not None
    member.standing, member.name = Standing.DELEGATE, name
    db.session.flush()
    _record(acting, "appoint", person.id)


def step_back(person_id: int, association_id: int) -> None:
    """A delegate is only a member from now on. Raises: NotFound, NotDelegate, LastDelegate."""
    acting = check_delegate(person_id, association_id)
    _check_not_last(association_id)
    member = queries.find_member(association_id, person_id)
    assert member is not None
    member.standing = Standing.MEMBER
    db.session.flush()
    _record(acting, "step_back", person_id)


def leave(person_id: int, association_id: int) -> None:
    """Somebody is no longer in the association, or takes their request back. Raises: NoSuchMember, LastDelegate."""
    member = queries.find_member(association_id, person_id)
    if member is None:
        raise NoSuchMember
    if member.standing == Standing.DELEGATE:
        step_back(person_id, association_id)
    db.session.delete(member)
    db.session.flush()


def leave_all(person_id: int) -> None:
    """Whoever closes their account is in no association from this moment on.

    One whose last delegate they were is told at the address of the association, and officers see it.
    """
    for member in queries.list_of_person(person_id):
        association = locked(member.association_id)
        db.session.delete(member)
        db.session.flush()
        is_alone = not queries.list_members(association.id, Standing.DELEGATE)
        if member.standing == Standing.DELEGATE and is_alone and association.state == State.REGISTERED:
            association.alone_since_at = clock.now()
            db.session.flush()
            audit.record(f"person:{person_id}", "association.left_alone", f"association:{association.id}")
            mails.left_alone(association)


def join_standings(gone_id: int, kept_id: int) -> None:
    """Of two accounts of one person that become one, the kept one is at least what the other is: no delegate is lost."""
    order = list(Standing)
    for member in queries.list_of_person(gone_id):
        locked(member.association_id)
        kept = queries.find_member(member.association_id, kept_id)
        if kept is not None and order.index(Standing(kept.standing)) < order.index(Standing(member.standing)):
            kept.standing = member.standing
    db.session.flush()


def _check_not_last(association_id: int) -> None:
    # The association's row is locked by check_delegate: two who step back at once cannot both succeed.
    if len(queries.list_members(association_id, Standing.DELEGATE)) < 2:
        raise LastDelegate


def _row(association_id: int, person_id: int, standing: Standing, name: str) -> dict[str, object]:
    return {
        "association_id": association_id,
        "person_id": person_id,
        "standing": str(standing),
        "name": name,
        "since_at": clock.now(),
    }


def _record(acting: Acting, wish: str, person_id: int) -> None:
    subject = f"association:{acting.association.id}"
    audit.record(acting.actor, f"association.{wish}", subject, person=person_id)
