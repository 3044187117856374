"""Use cases of the register: apply, describe, decide, renew, note grants; and who may act for an association."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date, timedelta

from flask_babel import gettext
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app.associations import mails, queries
from app.associations.errors import AlreadyDecided, NoReason, NotDelegate, RenewFirst, WrongDescription
from app.associations.models import Association, AssociationGrant, AssociationImport, AssociationMember
from app.associations.rules import (
    APPLICATIONS,
    LONGEST_REASON,
    Description,
    Standing,
    State,
    year_after,
)
from app.core import audit, clock, throttle
from app.core.db import count_changed, db
from app.core.errors import NotFound
from app.people.search import plain

IMPORTS_KEPT = timedelta(days=1)
DECISIONS = {"validate": State.REGISTERED, "refuse": State.REFUSED, "end": State.ENDED}


@dataclass(frozen=True)
class Acting:
    """Leave to act for an association, as a delegate or as an officer: only the checks of this module hand it out."""

    association: Association
    actor: str
    is_officer: bool = False


def check_delegate(person_id: int, association_id: int) -> Acting:
    """Leave for the association's own affairs with the council, overdue or not yet validated too.

    Raises: NotFound, NotDelegate.
    """
    association = locked(association_id)
    member = queries.find_member(association_id, person_id)
    if association.state == State.ENDED or (member is None and association.state != State.REGISTERED):
        raise NotFound
    if member is None or member.standing != Standing.DELEGATE:
        raise NotDelegate
    return Acting(association, f"person:{person_id} for association:{association_id}")


def check_may_act(person_id: int, association_id: int) -> Acting:
    """Leave to act in the name of an association in force. Raises: NotFound, NotDelegate, RenewFirst."""
    acting = check_delegate(person_id, association_id)
    if acting.association.state != State.REGISTERED:
        raise NotFound
    if (acting.association.due_on or date.min) < clock.today():
        raise RenewFirst
    return acting


def as_officer(actor: str, association_id: int) -> Acting:
    """An officer's leave, for any association. Raises: NotFound."""
    return Acting(locked(association_id), actor, is_officer=True)


def apply(person_id: int, name: str, described: Description) -> Association:
    """Ask the council to register an association; who asks will be its first delegate. Raises: WrongDescription, TooMany."""
    throttle.count(APPLICATIONS, str(person_id))
    now = clock.now()
    made = Association(state=State.APPLIED, applied_at=now)
    keep(made, described)
    first = AssociationMember(
        association_id=made.id, person_id=person_id, standing=Standing.DELEGATE, name=name, since_at=now
    )
    db.session.add(first)
    db.session.flush()
    audit.record(f"person:{person_id}", "association.apply", f"association:{made.id}")
    return made


def add(actor: str, described: Description, due_on: date | None = None) -> Association:
    """Put an association on the register without an application. Raises: WrongDescription."""
    now = clock.now()
    made = Association(state=State.REGISTERED, applied_at=now, decided_at=now)
    made.due_on = due_on or year_after(clock.today())
    keep(made, described)
    audit.record(actor, "association.add", f"association:{made.id}")
    return made


def describe(acting: Acting, described: Description) -> None:
    """Change what an association says of itself; a refused application is handed in again by it. Raises: WrongDescription."""
    association = acting.association
    if association.state == State.REFUSED and not acting.is_officer:
        association.state, association.applied_at = State.APPLIED, clock.now()
    keep(association, described)
    audit.record(acting.actor, "association.describe", f"association:{association.id}")


def decide(acting: Acting, decision: str, reason: str) -> None:
    """Validate or refuse an application, or take an association off the register; its delegates are told.

    `decision` is one of DECISIONS. Raises: AlreadyDecided, NoReason, WrongDescription (the name is taken by now).
    """
    association, words = acting.association, reason.strip()
    before = State.REGISTERED if decision == "end" else State.APPLIED
    if association.state != before:
        raise AlreadyDecided
    if decision != "validate" and not 0 < len(words) <= LONGEST_REASON:
        raise NoReason(LONGEST_REASON)
    if decision == "validate":
        _check_free(association, association.name, association.number)
    with _told_apart():
        association.state, association.decided_at = DECISIONS[decision], clock.now()
        if decision == "validate":
            association.due_on, words = year_after(clock.today()), ""
        association.reason = words
    audit.record(acting.actor, f"association.{decision}", f"association:{association.id}")
    mails.decided(association)


def renew(acting: Acting) -> None:
    """Say that the association still exists: it is in force for a year from today. Raises: AlreadyDecided."""
    if acting.association.state != State.REGISTERED:
        raise AlreadyDecided
    acting.association.due_on = year_after(clock.today())
    db.session.flush()
    audit.record(acting.actor, "association.renew", f"association:{acting.association.id}")


def grant(acting: Acting, row: AssociationGrant) -> None:
    """Note a grant that the council decided."""
    row.association_id = acting.association.id
    db.session.add(row)
    db.session.flush()
    facts = {"grant": row.id, "year": row.year, "amount_cents": row.amount_cents}
    audit.record(acting.actor, "association.grant", f"association:{row.association_id}", **facts)


def take_grant_back(acting: Acting, grant_id: int) -> None:
    """Delete a grant that was noted by mistake. Raises: NotFound."""
    row = db.session.get(AssociationGrant, grant_id)
    if row is None or row.association_id != acting.association.id:
        raise NotFound
    facts = {"grant": row.id, "year": row.year, "amount_cents": row.amount_cents, "purpose": row.purpose}
    db.session.delete(row)
    db.session.flush()
    audit.record(acting.actor, "association.grant_back", f"association:{row.association_id}", **facts)


def remind(day: date) -> None:
    """Write to the delegates of each association whose renewal comes near that day; what was written is not written again."""
    for association in queries.list_due(day):
        mails.due(association, day)


def delete_old() -> None:
    """Forget files that no officer took over."""
    count_changed(delete(AssociationImport).where(AssociationImport.made_at < clock.now() - IMPORTS_KEPT))


def keep(association: Association, described: Description) -> None:
    """Write the description into the association. Raises: WrongDescription, when its name or number is another's."""
    _check_free(association, described.name, described.number)
    with _told_apart():
        for field, told in asdict(described).items():
            setattr(association, field, told)
        association.name_key = plain(described.name)
        association.words = plain(f"{described.name} {described.purpose}")
        db.session.add(association)


def _check_free(association: Association, name: str, number: str) -> None:
    faults = {}
    with db.session.no_autoflush:
        if queries.find_by_key(plain(name)) not in (None, association):
            faults["name"] = gettext(
                "An association of this name is on the register. Ask to be a member of it."
            )
        if number and queries.find_by_number(number) not in (None, association):
            faults["number"] = gettext("An association with this number is on the register.")
    if faults:
        raise WrongDescription(fields=faults)


@contextmanager
def _told_apart() -> Iterator[None]:
    """A change after which the register must still tell its associations apart: its indexes see two who come at once."""
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as taken:
        sentence = gettext("An association of this name or number came onto the register just now.")
        raise WrongDescription(fields={"name": sentence}) from taken


def locked(association_id: int) -> Association:
    """The association, which nobody else changes until this transaction ends. Raises: NotFound."""
    found = db.session.get(Association, association_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound
    return found
