"""Finding people for officers: by words of a name or address, however they begin, without case and accents.

The words stand in a table of their own, so that an index finds them; whoever is known from before it gets theirs from the worker.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from sqlalchemy import Select, delete, exists, select

from app.core.db import add_new, ask, db
from app.people.models import ContactPoint, Person, PersonWord

MOST_TERMS = 6
LONGEST_TERM = 80
SHORTEST_TERM = 2
FOUND = 50
MOST_WORDS = 6
"""So many words of one person may begin alike; what is found is not sorted, so that a common beginning costs no more."""
BATCH = 200
_APART = re.compile(r"[^\w@]+")
_LAST_SIGN = "\U0010ffff"


def plain(text: str) -> str:
    """Without case and accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


def words_of(name: str, addresses: list[str]) -> set[str]:
    """The words by which a person is found."""
    found = {*_APART.split(plain(name))}
    for address in addresses:
        local = plain(address.partition("@")[0])
        found |= {plain(address), local, *_APART.split(local)}
    return {word[:LONGEST_TERM] for word in found if word}


def terms_of(typed: str) -> list[str]:
    """What an officer typed, as beginnings of words; those too short to narrow anything are left out."""
    terms: list[str] = []
    for piece in plain(typed[:500]).split():
        terms += [piece] if "@" in piece else _APART.split(piece)
    return [term[:LONGEST_TERM] for term in terms if len(term) >= SHORTEST_TERM][:MOST_TERMS]


def find_people(typed: str) -> list[Person]:
    """At most 50 people of whom every term begins a word, those asked for by their number first."""
    terms = terms_of(typed)
    number = typed.strip()
    found = []
    if number.isascii() and number.isdecimal() and len(number) < 10:
        mine = db.session.get(Person, int(number))
        found = [mine] if mine and mine.erased_at is None else []
    if not terms:
        return found
    first, *others = sorted(terms, key=len, reverse=True)
    chosen = _matching(first)
    for term in others:
        other = _matching(term).subquery()
        chosen = chosen.where(exists().where(other.c.person_id == PersonWord.person_id))
    ids = list(dict.fromkeys(db.session.scalars(chosen.limit(FOUND * MOST_WORDS))))[:FOUND]
    people = db.session.scalars(
        select(Person).where(Person.id.in_(ids)).order_by(Person.display_name, Person.id)
    )
    return [*found, *(one for one in people if one not in found)]


def keep_words(person: Person) -> None:
    """Note the words of a person's name and addresses as they are now."""
    addresses = list(
        db.session.scalars(select(ContactPoint.normalized).where(ContactPoint.person_id == person.id))
    )
    wanted = words_of(person.display_name, addresses)
    db.session.execute(
        delete(PersonWord).where(PersonWord.person_id == person.id, PersonWord.word.not_in(wanted))
    )
    rows = [{"word": word, "person_id": person.id} for word in sorted(wanted)]
    if rows:
        add_new(PersonWord, rows)


def fill(after: int = 0) -> int | None:
    """Words for those of the next 200 people after this number who have none yet; returns the last one's, None at the end."""
    bare = ~exists().where(PersonWord.person_id == Person.id)
    chosen = (
        select(Person.id, Person.display_name).where(Person.id > after, bare).order_by(Person.id).limit(BATCH)
    )
    names = {number: name for number, name in ask(chosen)}
    addresses: dict[int, list[str]] = {number: [] for number in names}
    known = select(ContactPoint.person_id, ContactPoint.normalized).where(ContactPoint.person_id.in_(names))
    for number, address in ask(known):
        addresses[number].append(address)
    rows = [
        {"word": word, "person_id": number}
        for number, name in names.items()
        for word in sorted(words_of(name, addresses[number]))
    ]
    if rows:
        add_new(PersonWord, rows)
    return max(names, default=None)


def _matching(term: str) -> Select[Any]:
    return select(PersonWord.person_id).where(PersonWord.word >= term, PersonWord.word < term + _LAST_SIGN)
