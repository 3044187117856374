"""Use cases of signing in with a code or link sent to the address. Registering is the same thing with an unknown address."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update

from app.core import clock, throttle
from app.core.db import count_changed, db
from app.core.errors import TooMany
from app.mail import outbox
from app.people import service as people
from app.people.models import Person
from app.sign_in import mails, rules, sessions
from app.sign_in.errors import AccountClosed, CodeSpent, CodeWrong, TooManyCodes
from app.sign_in.keeping import draw_code, draw_handle, draw_token, is_kept, keep
from app.sign_in.models import Session, SignInCode

log = logging.getLogger("civic.sign_in")


@dataclass(frozen=True)
class Asker:
    """Who asks for a code: the network, and whether the browser has signed in with an address before."""

    network: str
    is_known: Callable[[str], bool]


@dataclass(frozen=True)
class Entry:
    """Somebody is signed in: with which address, the token for the cookie, where to, and whether this is their first time."""

    normalized: str
    token: str
    next_path: str
    person: Person
    is_first: bool


def request_code(address: str, next_path: str, language: str, asker: Asker) -> SignInCode:
    """Send a code and link to the address, and do the very same things whether it has an account or not (A21).

    Raises: AddressUnusable, TooManyCodes.
    """
    normalized = people.check_address(address)
    _count_code(normalized, asker)
    return _draw(address.strip(), normalized, next_path, language)


def resend(handle: str, language: str, asker: Asker) -> SignInCode:
    """Send another code in place of this one, which no longer works. Raises: CodeSpent if there is none, TooManyCodes."""
    row = find_code(handle)
    if row is None:
        raise CodeSpent
    if row.used_at is None and row.voided_at is None:
        row.voided_at = clock.now()
        outbox.cancel(mails.key_of(row))
    return request_code(row.address, row.next_path, language, asker)


def find_code(handle: str) -> SignInCode | None:
    """The code of this handle, whatever its state."""
    return db.session.scalar(select(SignInCode).where(SignInCode.handle == handle))


def is_live(row: SignInCode | None) -> bool:
    """Whether the code could still sign somebody in."""
    return (
        row is not None
        and row.used_at is None
        and row.voided_at is None
        and row.tries_left > 0
        and row.expires_at > clock.now()
    )


def redeem_code(handle: str, typed: str, language: str, network: str) -> Entry:
    """Sign in with the six digits. Raises: CodeWrong (commit it: the try counts), CodeSpent, AccountClosed, TooMany."""
    throttle.count(rules.TRIES_PER_NETWORK, network)
    row = find_code(handle)
    if row is None or not _take_try(row):
        raise CodeSpent
    if not is_kept("code", f"{handle}:{rules.clean_digits(typed)}", row.code_hash):
        _watch_wrong()
        raise CodeWrong(row.tries_left)
    return _enter(row, language)


def find_link_address(handle: str, token: str) -> str:
    """The address to which a link that still signs somebody in was sent; of any other, nothing is told."""
    row = find_code(handle)
    if row is None or not is_live(row) or not is_kept("link", f"{handle}:{token}", row.link_hash):
        return ""
    return row.address


def redeem_link(handle: str, token: str, language: str, network: str) -> Entry:
    """Sign in with the link. Raises: CodeSpent, AccountClosed, TooMany."""
    throttle.count(rules.TRIES_PER_NETWORK, network)
    row = find_code(handle)
    if row is None or not is_kept("link", f"{handle}:{token}", row.link_hash):
        raise CodeSpent
    return _enter(row, language)


def has_begun(handle: str, session_id: int) -> bool:
    """Whether this very code began this session: the button was pressed twice, and the first press did it."""
    row = find_code(handle)
    session = db.session.get(Session, session_id)
    return row is not None and session is not None and session.code_id == row.id


def _count_code(normalized: str, asker: Asker) -> None:
    person = people.find_person_by_email(normalized)
    try:
        throttle.count(rules.CODES_PER_NETWORK, asker.network)
        throttle.count(rules.CODES_PER_ADDRESS, normalized)
        throttle.count(rules.CODES_PER_ACCOUNT, f"person:{person.id}" if person else normalized)
        if not asker.is_known(normalized):
            throttle.count(rules.CODES_TO_STRANGERS, normalized)
            throttle.count(rules.CODES_PER_STRANGER, f"{normalized} {asker.network}")
    except TooMany as refusal:
        raise TooManyCodes(refusal.retry_after_seconds) from None


def _draw(address: str, normalized: str, next_path: str, language: str) -> SignInCode:
    handle, code, token, now = draw_handle(), draw_code(), draw_token(), clock.now()
    row = SignInCode(
        handle=handle,
        address=address,
        normalized=normalized,
        purpose="sign_in",
        next_path=next_path,
        code_hash=keep("code", f"{handle}:{code}"),
        link_hash=keep("link", f"{handle}:{token}"),
        tries_left=rules.CODE_TRIES,
        created_at=now,
        expires_at=now + rules.CODE_LIFE,
    )
    db.session.add(row)
    mails.send_code(row, code, token, language)
    db.session.flush()
    return row


def _take_try(row: SignInCode) -> bool:
    # Taken before the digits are looked at, in one statement: fifty guesses at once are still five.
    taken = count_changed(
        update(SignInCode)
        .where(SignInCode.id == row.id, SignInCode.tries_left > 0, *_unspent())
        .values(tries_left=SignInCode.tries_left - 1)
    )
    db.session.refresh(row)
    return taken == 1


def _enter(row: SignInCode, language: str) -> Entry:
    used = update(SignInCode).where(SignInCode.id == row.id, *_unspent()).values(used_at=clock.now())
    if count_changed(used) != 1:
        raise CodeSpent
    person = people.ensure_person(row.address, language)
    if person.disabled_at is not None:
        raise AccountClosed
    is_first = not people.is_confirmed(person.id)
    people.confirm_address(person, row.address)
    for kind in ("registered", "signed_in") if is_first else ("signed_in",):
        people.note_activity(person.id, kind)
    token = sessions.begin(person, code_id=row.id)
    return Entry(row.normalized, token, row.next_path, person, is_first)


def _unspent() -> tuple[ColumnElement[bool], ...]:
    return (
        SignInCode.used_at.is_(None),
        SignInCode.voided_at.is_(None),
        SignInCode.expires_at > clock.now(),
    )


def _watch_wrong() -> None:
    if throttle.add(rules.WRONG_ALARM, "site") == rules.WRONG_ALARM.most:
        log.error("many wrong codes within an hour: %s", rules.WRONG_ALARM.most)
