"""The second factor of staff: a TOTP app (RFC 6238), recovery codes on paper, and the one-time links with which it is set up."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

import pyotp
import segno
from flask import current_app
from markupsafe import Markup
from sqlalchemy import delete, select, update

from app.core import audit, clock, throttle
from app.core.db import count_changed, db
from app.people import service as people
from app.people.models import Person
from app.sign_in import rules, sessions
from app.sign_in.errors import FactorMissing, FactorWrong, KeyReplaced, LinkSpent
from app.sign_in.keeping import draw_handle, draw_recovery_code, draw_token, keep, totp_secret
from app.sign_in.models import OneTimeLink, RecoveryCode, SecondFactor

STEP_SECONDS = 30


def draw_link(person: Person, kind: str = "set_up") -> tuple[str, datetime]:
    """A one-time link for the person, and when it ends; links drawn before no longer work.

    `trial` signs in completely, staff without their second factor. It is for somebody who tries the product on their own machine:
    the site then answers on the loopback only, and whoever reads the link from the terminal could read the database as well.
    Raises: ValueError for a trial link outside a trial.
    """
    if kind == "trial" and not current_app.config["CIVIC"].trial:
        raise ValueError("only a trial site has links that sign in completely")
    token, ends_at = draw_token(), clock.now() + rules.LINK_LIFE
    db.session.execute(
        delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.used_at.is_(None))
    )
    db.session.add(
        OneTimeLink(
            token_hash=keep("one-time", token),
            person_id=person.id,
            kind=kind,
            seed=draw_handle(),
            expires_at=ends_at,
        )
    )
    db.session.flush()
    return f"{current_app.config['CIVIC'].base_url}/{person.language}/one-time/{token}", ends_at


def get_link(token: str, network: str) -> OneTimeLink:
    """The link of this token, still good. Raises: LinkSpent, TooMany."""
    throttle.count(rules.LINKS_PER_NETWORK, network)
    link = db.session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == keep("one-time", token)))
    if link is None or link.used_at is not None or link.expires_at <= clock.now():
        raise LinkSpent
    if link.kind == "trial" and not current_app.config["CIVIC"].trial:
        raise LinkSpent
    if people.get_person(link.person_id).disabled_at is not None:
        raise LinkSpent
    return link


def enter_trial(link: OneTimeLink) -> str:
    """Sign in completely with a trial link; returns the token for the cookie. Raises: LinkSpent."""
    _spend(link)
    return sessions.begin(people.get_person(link.person_id), second_factor=True)


def open_link(link: OneTimeLink) -> None:
    """Draw the key that is shown now; one shown before, perhaps to somebody else, no longer works."""
    link.seed = draw_handle()
    audit.record(f"person:{link.person_id}", "person.key_shown", f"person:{link.person_id}")


def picture(link: OneTimeLink) -> Markup:
    """The QR code that a TOTP app scans, as SVG."""
    drawn = segno.make(_uri(link), error="m").svg_inline(scale=5, border=3, light="#fff", svgclass="qr")
    return Markup(drawn)  # noqa: S704 - made of our own text


def typed_secret(link: OneTimeLink) -> str:
    """The same for those who type, in groups of four."""
    secret = totp_secret(link.seed)
    return " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))


def set_up(link: OneTimeLink, typed: str, shown: str) -> tuple[str, list[str]]:
    """Set the second factor up with the number that the app shows, and sign in with it; `shown` is the seed of the page.

    Returns the token for the cookie and the recovery codes, which are shown this once. Raises: FactorWrong, LinkSpent, TooMany,
    KeyReplaced (commit it: a new key is drawn).
    """
    throttle.count(rules.TRIES_PER_PERSON, f"person:{link.person_id}")
    if shown != link.seed:
        open_link(link)
        raise KeyReplaced
    step = _find_step(link.seed, typed)
    if step is None:
        raise FactorWrong
    _spend(link)
    person = people.get_person(link.person_id)
    db.session.merge(SecondFactor(person_id=person.id, seed=link.seed, last_step=step, set_up_at=clock.now()))
    codes = _draw_recovery_codes(person)
    people.end_all_sessions(person)
    audit.record(f"person:{person.id}", "person.second_factor", f"person:{person.id}")
    return sessions.begin(person, second_factor=True), codes


def verify(person: Person, typed: str) -> str:
    """Sign in anew with the second factor: a number of the app or a recovery code; returns the token for the cookie.

    Raises: FactorWrong (commit it: the try counts), FactorMissing, TooMany.
    """
    factor = db.session.get(SecondFactor, person.id)
    if factor is None:
        raise FactorMissing
    throttle.count(rules.TRIES_PER_PERSON, f"person:{person.id}")
    if not _use_number(factor, typed) and not _use_recovery_code(person, typed):
        raise FactorWrong
    return sessions.begin(person, second_factor=True)


def is_set_up(person_id: int) -> bool:
    """Whether the person has a second factor."""
    return db.session.get(SecondFactor, person_id) is not None


def _spend(link: OneTimeLink) -> None:
    spent = update(OneTimeLink).where(OneTimeLink.id == link.id, OneTimeLink.used_at.is_(None))
    if count_changed(spent.values(used_at=clock.now())) != 1:
        raise LinkSpent


def _uri(link: OneTimeLink) -> str:
    site = current_app.config["CIVIC"]
    return pyotp.TOTP(totp_secret(link.seed)).provisioning_uri(
        name=_address(people.get_person(link.person_id)), issuer_name=quote(site.hostname)
    )


def _address(person: Person) -> str:
    return person.contact_points[0].address


def _find_step(seed: str, typed: str) -> int | None:
    # One step before and after: telephones' clocks are off by some seconds, and people type slowly.
    totp, now = pyotp.TOTP(totp_secret(seed)), int(clock.now().timestamp()) // STEP_SECONDS
    digits = rules.clean_digits(typed)
    for step in (now, now - 1, now + 1):
        if pyotp.utils.strings_equal(totp.at(step * STEP_SECONDS), digits):
            return step
    return None


def _use_number(factor: SecondFactor, typed: str) -> bool:
    step = _find_step(factor.seed, typed)
    if step is None:
        return False
    newer = update(SecondFactor).where(
        SecondFactor.person_id == factor.person_id, SecondFactor.last_step < step
    )
    return count_changed(newer.values(last_step=step)) == 1


def _use_recovery_code(person: Person, typed: str) -> bool:
    kept = keep("recovery", f"{person.id}:{rules.clean_recovery_code(typed)}")
    unused = update(RecoveryCode).where(
        RecoveryCode.person_id == person.id, RecoveryCode.code_hash == kept, RecoveryCode.used_at.is_(None)
    )
    return count_changed(unused.values(used_at=clock.now())) == 1


def _draw_recovery_codes(person: Person) -> list[str]:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [draw_recovery_code() for _ in range(rules.RECOVERY_CODES)]
    for code in codes:
        kept = keep("recovery", f"{person.id}:{code}")
        db.session.add(RecoveryCode(person_id=person.id, code_hash=kept))
    db.session.flush()
    return codes
