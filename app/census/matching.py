"""Who somebody is on the lists, and what the lists say of them on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import and_, delete, or_, select, union_all

from app.census.identity import Unreadable, read_number
from app.census.keys import Keys
from app.census.models import CensusEntry, CensusList, CensusMatch
from app.census.rules import name_key
from app.core import clock
from app.core.db import add_new, count_changed, db


@dataclass(frozen=True)
class Standing:
    """What an account is on a list on a day."""

    list_name: str
    level: int
    matched_at: datetime
    birth_on: date | None
    birth_year: int
    district: str


@dataclass(frozen=True)
class Found:
    """An entry's person on a list."""

    list_id: int
    identity_hash: bytes


def list_identities() -> set[str]:
    """By what the lists know people: numbers, civil status, both, or there is no list."""
    return set(db.session.scalars(select(CensusList.identity)))


@dataclass(frozen=True)
class Sought:
    """Who is looked for: the number as it was typed, names in the form in which registers are hashed."""

    number: str
    family: str
    given: str
    born: date


def find_person(who: Sought, day: date) -> Found | None:
    """The one person who is on a list that day with this number and these names.

    All lists are asked in the same way whatever the first one answers, and none of it takes longer when a number is there.
    """
    found = set()
    for target in db.session.scalars(select(CensusList).order_by(CensusList.id)):
        keys = Keys(target.id)
        for entry in _candidates(target, keys, who, day):
            if _is_named(entry, keys, who, with_given=target.identity == "civil-status"):
                found.add(Found(target.id, entry.identity_hash))
    lists = {one.list_id for one in found}
    # Two people of one list who cannot be told apart are nobody; one person on two lists is found on the first.
    return min(found, key=lambda one: one.list_id) if len(lists) == len(found) and found else None


def _candidates(target: CensusList, keys: Keys, who: Sought, day: date) -> Sequence[CensusEntry]:
    if target.identity == "number":
        try:
            number = read_number(who.number, target.country)
        except Unreadable:  # then it is looked for all the same, so that no answer comes sooner
            number = ""
        return _valid(
            CensusEntry.list_id == target.id, CensusEntry.identity_hash == keys.of_identity(number), day=day
        )
    is_born = or_(
        CensusEntry.birth_on == who.born,
        and_(CensusEntry.birth_on.is_(None), CensusEntry.birth_year == who.born.year),
    )
    return _valid(CensusEntry.list_id == target.id, is_born, day=day)


def _is_named(entry: CensusEntry, keys: Keys, who: Sought, *, with_given: bool) -> bool:
    if entry.birth_on != who.born and (entry.birth_on is not None or entry.birth_year != who.born.year):
        return False
    said = entry.birth_on or entry.birth_year
    is_family = keys.of(name_key("family", said, who.family)) in (entry.family_hash, entry.used_family_hash)
    return is_family and (not with_given or keys.of(name_key("given", said, who.given)) == entry.given_hash)


def _valid(*which: object, day: date) -> Sequence[CensusEntry]:
    """Entries that hold on a day. Those without an end and those with one have each their own index."""
    begun = and_(*which, CensusEntry.valid_from <= day)  # type: ignore[arg-type]
    stands = select(CensusEntry.id).where(begun, CensusEntry.valid_until.is_(None))
    ends = select(CensusEntry.id).where(
        begun, CensusEntry.valid_until.is_not(None), CensusEntry.valid_until > day
    )
    either = union_all(stands, ends).subquery()
    return db.session.scalars(select(CensusEntry).join(either, either.c.id == CensusEntry.id)).all()


def find_standing(person_id: int, day: date) -> Standing | None:
    """What the lists say of an account on a day; None while nobody knows who it is, or when the person is on no list then."""
    match = db.session.get(CensusMatch, person_id)
    if match is None:
        return None
    is_theirs = and_(CensusEntry.list_id == match.list_id, CensusEntry.identity_hash == match.identity_hash)
    entry = next(iter(_valid(is_theirs, day=day)), None)
    if entry is None:
        return None
    name = db.session.get_one(CensusList, match.list_id).name
    return Standing(name, match.level, match.matched_at, entry.birth_on, entry.birth_year, entry.district)


def find_match(found: Found) -> CensusMatch | None:
    """The account that is this person already."""
    same = and_(CensusMatch.list_id == found.list_id, CensusMatch.identity_hash == found.identity_hash)
    return db.session.scalar(select(CensusMatch).where(same))


def match(person_id: int, found: Found, level: int, way: str) -> bool:
    """Note who an account is; False when another account is this person already, or became it at this moment."""
    known = find_match(found)
    if known is not None and (known.person_id != person_id or known.level >= level):
        return known.person_id == person_id
    release(person_id)
    row = {
        "person_id": person_id, "list_id": found.list_id, "identity_hash": found.identity_hash,
        "level": level, "way": way, "matched_at": clock.now(),
    }  # fmt: skip
    return bool(add_new(CensusMatch, row))


def release(person_id: int) -> None:
    """Forget who an account is."""
    if count_changed(delete(CensusMatch).where(CensusMatch.person_id == person_id)):
        db.session.expire_all()
