"""Use cases: a person's own check, an officer's at the desk, requests to correct the list, who is entitled on a day."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete

from app.census import matching
from app.census.errors import HasVoted
from app.census.matching import Found, Sought, Standing
from app.core import audit, clock, throttle
from app.core.db import add_new, count_changed, db
from app.people import service as people
from app.people.models import Person
from app.registers import service as registers
from app.verification import mails, queries
from app.verification.errors import (
    AlreadyAnswered,
    KnownElsewhere,
    NoMessage,
    NotFoundOnLists,
    RequestOpen,
    VotedElsewhere,
)
from app.verification.models import CorrectionRequest, FailedCheck
from app.verification.rules import (
    CHECKS_PER_CLAIM,
    CHECKS_PER_NAMES,
    CHECKS_PER_NETWORK,
    CHECKS_PER_PERSON,
    KEPT_ANSWERED,
    KEPT_FAILED,
    LONGEST_MESSAGE,
    Claim,
    age_on,
)


def find_standing(person_id: int) -> Standing | None:
    """What the lists say of an account today."""
    return matching.find_standing(person_id, clock.today())


def find(claim: Claim) -> Found | None:
    """The one person on the lists today who is this, whatever account is known as them. Raises: KeysRenewed."""
    return matching.find_person(matching.hold_lists(), _sought(claim), clock.today())


def check(person_id: int, claim: Claim, network: str) -> bool:
    """A person's own check; whether they were found. What was counted and written down counts when they were not, too.

    With a register elsewhere, whoever was not found waits for its answer (`find_waiting_since`).

    The answer is the same when the number is not there, something else is wrong, or another account is this person.
    Raises: TooMany; HasVoted where the account has voted as another person; KeysRenewed.
    """
    lists, sought = matching.hold_lists(), _sought(claim)
    claims = [
        (CHECKS_PER_NAMES if one.startswith("names|") else CHECKS_PER_CLAIM, one)
        for one in matching.say_claim(lists, sought)
    ]
    throttle.count_all((CHECKS_PER_PERSON, str(person_id)), (CHECKS_PER_NETWORK, network), *claims)
    found = matching.find_person(lists, sought, clock.today())
    # Whom another account is already is asked no question more than a stranger, who would tell it by the time.
    is_theirs = found is not None and not found.is_known_but_as(person_id)
    if found is None or not (is_theirs and matching.match(person_id, found, 2, "self")):
        if _asks_register(
            person_id, claim
        ):  # the worker does: the processes that answer pages have no network
            registers.wait_for(person_id, sought)
        else:
            note_failed(person_id)
        return False
    people.note_activity(person_id, "verified")
    return True


def note_failed(person_id: int) -> None:
    """Write down that a check, or a code of a letter, was wrong."""
    add_new(FailedCheck, {"person_id": person_id, "at": clock.now()})


def verify_at_desk(
    actor: str, claim: Claim, address: str, language: str, *, takes_over: bool = False
) -> Person:
    """An officer saw the person and their identity document: level 3, for the account of the address, or for a new one.

    `takes_over` takes the match away from another account that has it.
    Raises: AddressUnusable, NotFoundOnLists, KnownElsewhere; VotedElsewhere where somebody has voted as this person, HasVoted
    where the account has voted as another one (A36).
    """
    found = find(claim)
    if found is None:
        raise NotFoundOnLists
    known = matching.find_match(found)
    person = _person(address, language, known.person_id if known else None)
    if known is not None and known.person_id != person.id:
        if not takes_over:
            raise KnownElsewhere(known.matched_at)
        _take_from(actor, known.person_id)
    if not matching.match(person.id, found, 3, "desk"):
        raise KnownElsewhere(clock.now())
    people.note_activity(person.id, "verified")
    audit.record(actor, "verification.desk", f"person:{person.id}", with_address=bool(address.strip()))
    return person


def ask(person_id: int, message: str) -> CorrectionRequest:
    """Ask the council to look at the list. Raises: NoMessage, RequestOpen."""
    last = queries.find_request(person_id)
    if last is not None and last.answered_at is None:
        raise RequestOpen
    made = CorrectionRequest(person_id=person_id, message=_words(message), made_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


def answer(actor: str, request: CorrectionRequest, message: str) -> None:
    """Answer a request, by mail too. Raises: NoMessage, AlreadyAnswered."""
    words = _words(message)
    if request.answered_at is not None:
        raise AlreadyAnswered
    request.answer, request.answered_at, request.answered_by = words, clock.now(), actor
    db.session.flush()
    audit.record(actor, "verification.answer", f"person:{request.person_id}", request=request.id)
    mails.answered(request)


def refusal_of(person_id: int, least_age: int, list_id: int) -> str:
    """Why an account may not take part today in what is for those on that list; empty when it may."""
    day = clock.today()
    standing = matching.find_standing(person_id, day)
    if standing is None or standing.list_id != list_id:
        if find_waiting_since(person_id):
            return "check-waiting"
        return "on-another-list" if standing else "not-on-the-list"
    return "too-young" if age_on(standing.birth_on, standing.birth_year, day) < least_age else ""


def find_waiting_since(person_id: int) -> datetime | None:
    """Since when a check of the person waits for the register; None when none does."""
    return registers.find_waiting_since(person_id) if registers.is_on() else None


def delete_old() -> None:
    """Forget failed checks and answered requests after their time."""
    now = clock.now()
    count_changed(delete(FailedCheck).where(FailedCheck.at < now - KEPT_FAILED))
    count_changed(delete(CorrectionRequest).where(CorrectionRequest.answered_at < now - KEPT_ANSWERED))


def _asks_register(person_id: int, claim: Claim) -> bool:
    """Whether a check that found nobody goes on to the register: whom no list knows, or who has to be known on its own list."""
    if not registers.is_on():
        return False
    return claim.list_id == registers.find_list() if claim.list_id else find_standing(person_id) is None


def _person(address: str, language: str, known: int | None) -> Person:
    if address.strip():
        return people.ensure_person(address, language)
    return people.get_person(known) if known is not None else people.open_without_address(language)


def _take_from(actor: str, person_id: int) -> None:
    try:
        matching.release(person_id)
    except HasVoted as voted:
        raise VotedElsewhere(person_id) from voted
    audit.record(actor, "verification.release", f"person:{person_id}")


def _sought(claim: Claim) -> Sought:
    return Sought(claim.number, claim.family, claim.given, claim.born, claim.list_id)


def _words(message: str) -> str:
    words = message.strip()
    if not 0 < len(words) <= LONGEST_MESSAGE:
        raise NoMessage(LONGEST_MESSAGE)
    return words
