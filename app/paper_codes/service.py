"""Use cases: make codes for letters, type one in."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, update

from app.census import matching
from app.census import service as census
from app.census.keys import Keys, hold
from app.census.matching import Found
from app.census.models import CensusList
from app.core import audit, clock, throttle
from app.core.db import ask, count_changed, db, for_each_dialect
from app.paper_codes import rules
from app.paper_codes.addresses import Recipient
from app.paper_codes.errors import KnownAsOther, Mistyped, WrongCode, WrongDay
from app.paper_codes.models import PaperCode
from app.people import service as people
from app.verification import service as verification

Letter = tuple[Recipient, int, str]
"""To whom, the index, the code."""


@for_each_dialect
def _new_code(insert: Any) -> Any:
    made = insert(PaperCode.__table__)
    new = {name: made.excluded[name] for name in ("code_hash", "made_at", "good_until_on", "used_by")}
    return made.on_conflict_do_update(index_elements=["list_id", "identity_hash"], set_=new).returning(
        PaperCode.__table__.c.id
    )


def check_day(until: date | None) -> date:
    """The last day of codes made today. Raises: WrongDay."""
    if until is None or not clock.today() < until <= clock.today() + rules.LONGEST:
        raise WrongDay(rules.LONGEST.days)
    return until


def make(actor: str, target: CensusList, recipients: Sequence[Recipient], until: date) -> list[Letter]:
    """A code for each; those of earlier letters to them are good no longer. Raises: ImportRunning, KeysRenewed."""
    census.hold_list(target)
    keys = Keys.held(target.id)
    letters = []
    for one in recipients:
        code = rules.draw_code()
        row = {
            "list_id": target.id, "identity_hash": one.identity_hash, "made_at": clock.now(),
            "code_hash": _hash(keys, one.identity_hash, code), "good_until_on": until, "used_by": None,
        }  # fmt: skip
        letters.append((one, ask(_new_code(), row).scalar_one(), code))
    audit.record(actor, "paper_codes.make", f"census:{target.id}", letters=len(letters), until=until)
    return letters


def redeem(person_id: int, index: str, typed: str, network: str) -> None:
    """The person has the letter: level 3. As often as it is sent. What was counted counts when it is refused, too.

    Raises: Mistyped, TooMany, WrongCode, KnownAsOther, HasVoted, KeysRenewed.
    """
    code, number = rules.read_code(typed), index.strip()
    if not code or not (number.isascii() and number.isdecimal() and len(number) < 10):
        raise Mistyped
    who = (
        (rules.PER_PERSON, str(person_id)),
        (rules.PER_NETWORK, network),
        (rules.PER_INDEX, str(int(number))),
    )
    throttle.count_all(*who)
    hold()
    found = db.session.get(PaperCode, int(number))
    if found is None or not _is_good(found, code, person_id):
        verification.note_failed(person_id)
        raise WrongCode
    if not matching.match(person_id, Found(found.list_id, found.identity_hash), 3, "letter"):
        raise KnownAsOther
    count_changed(update(PaperCode).where(PaperCode.id == found.id).values(used_by=person_id))
    people.note_activity(person_id, "verified")


def delete_old() -> int:
    """Forget codes whose last day is over."""
    return count_changed(delete(PaperCode).where(PaperCode.good_until_on < clock.today()))


def _is_good(found: PaperCode, code: str, person_id: int) -> bool:
    is_same = hmac.compare_digest(found.code_hash, _hash(Keys.held(found.list_id), found.identity_hash, code))
    return is_same and found.good_until_on >= clock.today() and found.used_by in (None, person_id)


def _hash(keys: Keys, identity_hash: bytes, code: str) -> bytes:
    """With the bare hash of the identity: it outlives the pepper, and so does the code."""
    return keys.of(f"code|{keys.bare(identity_hash).hex()}|{code}")
