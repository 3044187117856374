"""Use cases: let a check wait for the register, take up those whose time has come, put whom it knows on its list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update

from app.census import queries as census
from app.census import service as lists
from app.census.identity import Unreadable, read_sex
from app.census.keys import Keys
from app.census.matching import Found, Sought
from app.census.models import REGISTER, CensusEntry, CensusImport
from app.core import audit, clock, seal
from app.core.db import add_new, ask, count_changed, db, for_each_dialect
from app.core.spelling import normalized
from app.registers import rules
from app.registers.errors import Unavailable
from app.registers.models import WaitingCheck
from app.registers.rules import Registered

_WAITING: Any = WaitingCheck.__table__


@dataclass(frozen=True)
class Due:
    """A check whose time has come."""

    person_id: int
    who: Sought
    made_at: datetime
    tries: int


@for_each_dialect
def _kept(insert: Any) -> Any:
    made = insert(_WAITING)
    new = {name: made.excluded[name] for name in ("sealed", "made_at", "tries", "next_at")}
    return made.on_conflict_do_update(index_elements=["person_id"], set_=new)


def is_on() -> bool:
    """Whether the site has a register to ask."""
    return bool(current_app.config["CIVIC"].remote_census_url)


def find_list() -> int | None:
    """The list on which whom it knows is entered; None when the site has no such list."""
    found = census.find_list(current_app.config["CIVIC"].remote_census_list)
    return found.id if found else None


def wait_for(person_id: int, who: Sought) -> None:
    """Have the register asked about a person; what they said before is forgotten."""
    told = [who.number, who.family, who.given, who.born.isoformat(), *([who.list_id] if who.list_id else [])]
    said = json.dumps(told).encode()
    sealed, now = seal.seal(_key(person_id), said), clock.now()
    ask(_kept(), {"person_id": person_id, "sealed": sealed, "made_at": now, "tries": 0, "next_at": now})


def find_waiting_since(person_id: int) -> datetime | None:
    """Since when a check of the person waits; None when none does."""
    return db.session.scalar(select(WaitingCheck.made_at).where(WaitingCheck.person_id == person_id))


def list_due(most: int) -> Sequence[Due]:
    """Checks whose time has come, the one that has waited longest first. One that cannot be unsealed is forgotten."""
    due = select(WaitingCheck).where(WaitingCheck.next_at <= clock.now()).order_by(WaitingCheck.next_at)
    found = []
    for one in db.session.scalars(due.limit(most)).all():
        try:
            number, family, given, born, *sought = json.loads(seal.unseal(_key(one.person_id), one.sealed))
        except seal.Unreadable:  # the site's key was changed
            db.session.delete(one)
            continue
        who = Sought(number, family, given, date.fromisoformat(born), *sought)
        found.append(Due(one.person_id, who, one.made_at, one.tries))
    return found


def postpone(due: Due) -> None:
    """Ask about it again later, and later each time."""
    after = {"tries": due.tries + 1, "next_at": clock.now() + rules.pause_after(due.tries)}
    count_changed(update(WaitingCheck).where(*_same(due)).values(**after))


def drop(due: Due) -> bool:
    """Forget what was answered; False when the person has said something else since, or is gone."""
    return count_changed(delete(WaitingCheck).where(*_same(due))) > 0


def enter(one: Registered, who: Sought) -> Found:
    """Put a person whom the register knows on its list. Raises: Unavailable, without that list; KeysRenewed, ImportRunning."""
    target = census.find_list(current_app.config["CIVIC"].remote_census_list)
    if target is None:
        raise Unavailable("CIVIC_REMOTE_CENSUS_LIST names no list: add it with civic census add")
    lists.hold_list(target)
    if census.is_filled_by_files(target.id):  # somebody would stand on it twice, and vote twice
        raise Unavailable("CIVIC_REMOTE_CENSUS_LIST names a list that holds a file: it needs one of its own")
    keys = Keys.held(target.id)
    try:
        sex = read_sex(one.sex, target.country)
    except Unreadable:
        sex = ""
    identity = keys.of_identity(f"reference|{normalized(one.reference)}")
    add_new(CensusEntry, {
        "list_id": target.id, "identity_hash": identity, "family_hash": keys.of_family(who.born, who.family),
        "used_family_hash": b"", "given_hash": keys.of_given(who.born, who.given), "birth_on": who.born,
        "birth_year": who.born.year, "sex": sex, "district": one.district, "language": "",
        "valid_from": clock.today(), "added_by": _source(target.id),
    })  # fmt: skip
    return Found(target.id, identity)


def _source(list_id: int) -> int:
    """The import under which entries of the register stand: one for all of them."""
    last = census.find_last(list_id)
    if last is not None:
        return last.id
    now = clock.now()
    made = CensusImport(
        list_id=list_id, base_id=None, state="applied", actor=REGISTER, made_at=now, applied_at=now,
        applied_by=REGISTER, effective_on=clock.today(), file_sha256="", encoding="", delimiter="", preset="free", columns={},
    )  # fmt: skip
    db.session.add(made)
    db.session.flush()
    audit.record(REGISTER, "census.register", f"census:{list_id}", census_import=made.id)
    return made.id


def _same(due: Due) -> tuple[Any, ...]:
    return WaitingCheck.person_id == due.person_id, WaitingCheck.made_at == due.made_at


def _key(person_id: int) -> bytes:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return seal.derive_key(secret, f"waiting-check:{person_id}")
