"""Who somebody is on the lists, and what the lists say of them on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, bindparam, delete, or_, select, union_all

from app.census import ticks
from app.census.errors import HasVoted
from app.census.identity import Unreadable, read_number
from app.census.keys import Keys, hold
from app.census.models import CensusEntry, CensusList, CensusMatch
from app.core import clock
from app.core.db import add_new, ask, db

_SAID = ("birth_on", "birth_year", "district")
PORTION = 500


@dataclass(frozen=True)
class Standing:
    """What an account is on a list on a day."""

    list_id: int
    list_name: str
    level: int
    matched_at: datetime
    birth_on: date | None
    birth_year: int
    district: str


@dataclass(frozen=True)
class Found:
    """An entry's person on a list, and the account that is known as them already."""

    list_id: int
    identity_hash: bytes
    known_as: int | None = None

    def is_known_but_as(self, person_id: int) -> bool:
        """Whether another account is this person already."""
        return self.known_as not in (None, person_id)


@dataclass(frozen=True)
class Sought:
    """Who is looked for: the number as it was typed, names as registers are hashed; on one list, or on all (0)."""

    number: str
    family: str
    given: str
    born: date
    list_id: int = 0


_ENTRY: Any = CensusEntry.__table__
_LIST: Any = CensusList.__table__
_MATCH: Any = CensusMatch.__table__
_LISTS = select(_LIST.c.id, _LIST.c.country, _LIST.c.identity, _LIST.c.sealed_key).order_by(_LIST.c.id)


def _valid(begun: Select[Any]) -> CompoundSelect[Any]:
    """Of those entries the ones that hold on `day`. Those without an end and those with one have each their own index."""
    day = bindparam("day", type_=_ENTRY.c.valid_from.type)
    begun = begun.where(_ENTRY.c.valid_from <= day)
    ends = begun.where(_ENTRY.c.valid_until.is_not(None), _ENTRY.c.valid_until > day)
    return union_all(begun.where(_ENTRY.c.valid_until.is_(None)), ends)


def _candidates(is_wanted: ColumnElement[bool]) -> CompoundSelect[Any]:
    is_theirs = and_(_MATCH.c.list_id == _ENTRY.c.list_id, _MATCH.c.identity_hash == _ENTRY.c.identity_hash)
    names = ("identity_hash", "family_hash", "used_family_hash", "given_hash", "birth_on", "birth_year")
    asked = select(*(_ENTRY.c[name] for name in names), _MATCH.c.person_id)
    asked = asked.select_from(_ENTRY.outerjoin(_MATCH, is_theirs))
    return _valid(asked.where(_ENTRY.c.list_id == bindparam("list"), is_wanted))


_BY_NUMBER = _candidates(_ENTRY.c.identity_hash == bindparam("identity"))
_BY_BIRTH = _candidates(
    or_(
        _ENTRY.c.birth_on == bindparam("born"),
        and_(_ENTRY.c.birth_on.is_(None), _ENTRY.c.birth_year == bindparam("year")),
    )
)
_STANDING = _valid(
    select(_LIST.c.id, _LIST.c.name, _MATCH.c.level, _MATCH.c.matched_at, *(_ENTRY.c[name] for name in _SAID))
    .join_from(_MATCH, _LIST, _LIST.c.id == _MATCH.c.list_id)
    .join(
        _ENTRY,
        and_(_ENTRY.c.list_id == _MATCH.c.list_id, _ENTRY.c.identity_hash == _MATCH.c.identity_hash),
    )
    .where(_MATCH.c.person_id == bindparam("person"))
)


_IDENTITY = select(_MATCH.c.list_id, _MATCH.c.identity_hash).where(_MATCH.c.person_id == bindparam("person"))


def hashes_of(list_id: int, people: Sequence[int], below_level: int) -> dict[int, bytes]:
    """Who these accounts are on the list, of those that are known by less than that level."""
    known = select(_MATCH.c.person_id, _MATCH.c.identity_hash)
    known = known.where(_MATCH.c.list_id == list_id, _MATCH.c.level < below_level)
    found: dict[int, bytes] = {}
    for begin in range(0, len(people), PORTION):
        asked = known.where(_MATCH.c.person_id.in_(people[begin : begin + PORTION]))
        found |= {person: identity for person, identity in ask(asked)}
    return found


def list_identities(list_id: int = 0) -> set[str]:
    """By what the lists, or that one, know people: numbers, civil status, both, or there is no list."""
    return {one.identity for one in ask(_LISTS) if list_id in (0, one.id)}


def hold_lists() -> Sequence[Any]:
    """The lists with their keys, which stay as they are until this transaction ends. Raises: KeysRenewed."""
    hold()
    return ask(_LISTS).all()


def say_claim(lists: Sequence[Any], who: Sought) -> list[str]:
    """Whom it is about, in one form however it was typed: by the number and by the names, as far as a list knows people by them.

    Without the birth, which is what somebody might try out.
    """
    claims = set()
    for target in lists:
        if target.identity != "number":
            claims.add(f"names|{who.family}|{who.given}")
        elif number := _number_of(who, target):
            claims.add(f"number|{number}")
    return sorted(claims)


def find_person(lists: Sequence[Any], who: Sought, day: date) -> Found | None:
    """The one person who is on one of these lists (`hold_lists`) that day with this number and these names.

    All lists meant are asked in the same way whatever the first one answers; none of it takes longer when a number is there.
    """
    found = set()
    for target in [one for one in lists if who.list_id in (0, one.id)]:
        keys = Keys(target.id, target.sealed_key)
        with_given = target.identity == "civil-status"
        for entry in ask(*_question(target, keys, who, day)):
            if _is_named(entry, keys, who, with_given=with_given):
                found.add(Found(target.id, entry.identity_hash, entry.person_id))
    # Two people of one list who cannot be told apart are nobody; one person on two lists is found on the first.
    is_told_apart = len({one.list_id for one in found}) == len(found)
    return min(found, key=lambda one: one.list_id) if found and is_told_apart else None


def _question(target: Any, keys: Keys, who: Sought, day: date) -> tuple[Any, dict[str, Any]]:
    asked: dict[str, Any] = {"list": target.id, "day": day}
    if target.identity != "number":
        return _BY_BIRTH, {**asked, "born": who.born, "year": who.born.year}
    # An unreadable one is looked for all the same, so that no answer comes sooner.
    return _BY_NUMBER, {**asked, "identity": keys.of_identity(_number_of(who, target))}


def _number_of(who: Sought, target: Any) -> str:
    try:
        return read_number(who.number, target.country)
    except Unreadable:
        return ""


def _is_named(entry: Any, keys: Keys, who: Sought, *, with_given: bool) -> bool:
    if entry.birth_on != who.born and (entry.birth_on is not None or entry.birth_year != who.born.year):
        return False
    said = entry.birth_on or entry.birth_year
    is_family = keys.of_family(said, who.family) in (entry.family_hash, entry.used_family_hash)
    return is_family and (not with_given or keys.of_given(said, who.given) == entry.given_hash)


def find_standing(person_id: int, day: date) -> Standing | None:
    """What the lists say of an account on a day; None while nobody knows who it is, or when the person is on no list then."""
    found = ask(_STANDING, {"person": person_id, "day": day}).first()
    return Standing(*found) if found else None


def list_standing(list_id: int, hashes: Sequence[bytes], day: date) -> set[bytes]:
    """Those of the people with these hashes who are on the list that day."""
    is_valid = and_(
        _ENTRY.c.valid_from <= day, or_(_ENTRY.c.valid_until.is_(None), _ENTRY.c.valid_until > day)
    )
    asked = select(_ENTRY.c.identity_hash).where(_ENTRY.c.list_id == list_id, is_valid)
    portions = (hashes[at : at + PORTION] for at in range(0, len(hashes), PORTION))
    return {
        found for portion in portions for (found,) in ask(asked.where(_ENTRY.c.identity_hash.in_(portion)))
    }


def list_matched(list_id: int) -> set[bytes]:
    """Hashes of the people of a list whom an account is already."""
    return {found for (found,) in ask(select(_MATCH.c.identity_hash).where(_MATCH.c.list_id == list_id))}


def find_match(found: Found) -> CensusMatch | None:
    """The account that is this person already."""
    same = and_(CensusMatch.list_id == found.list_id, CensusMatch.identity_hash == found.identity_hash)
    return db.session.scalar(select(CensusMatch).where(same))


def hold_identity(person_id: int) -> Found | None:
    """Who an account is, None while nobody knows; it stays so until this transaction ends. Raises: KeysRenewed."""
    hold()
    found = ask(_IDENTITY.with_for_update(read=True), {"person": person_id}).first()
    return Found(found.list_id, found.identity_hash, person_id) if found else None


def match(person_id: int, found: Found, level: int, way: str) -> bool:
    """Note who an account is; False when another account is this person already, or became it at this moment.

    Raises: HasVoted, when it is known as somebody else so far and that one has voted: the entry would be free for a second vote.
    """
    row = {
        "person_id": person_id, "list_id": found.list_id, "identity_hash": found.identity_hash,
        "level": level, "way": way, "matched_at": clock.now(),
    }  # fmt: skip
    if add_new(CensusMatch, row):
        return True
    known = find_match(found)
    if known is None:
        release(person_id)
        return bool(add_new(CensusMatch, row))
    if known.person_id == person_id and known.level < level:
        known.level, known.way, known.matched_at = level, way, clock.now()
        db.session.flush()
    return known.person_id == person_id


def release(person_id: int) -> None:
    """Forget who an account is. Raises: HasVoted. A ballot that is being cast as that person is waited for."""
    mine = _IDENTITY.with_for_update()
    before = ask(mine, {"person": person_id}).first()
    if before is None:
        return
    if ticks.is_ticked(*before):
        raise HasVoted
    ask(delete(_MATCH).where(_MATCH.c.person_id == person_id))
    db.session.expire_all()
