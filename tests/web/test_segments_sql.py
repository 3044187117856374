"""What SQL says of a rule is what slow and plain Python says, on both databases: who is in, and why."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings

from app.associations.models import Association, AssociationMember
from app.associations.rules import Standing
from app.census.models import CensusEntry, CensusImport, CensusMatch
from app.core.db import db
from app.people.engagement import KINDS, Deed
from app.people.models import Activity, ContactPoint, Person, PersonTag
from app.readers.models import Mailing, Recipient
from app.segments import compiling, rules
from app.segments.compiling import Moment
from app.segments.rules import AnyOf, Condition, Not, Rule
from tests.unit.segment_rules import CLUBS, COPIES, DISTRICTS, MAILINGS, TAGS, TODAY, TREES, Fact, holds
from tests.web.rolls import make_list

pytestmark = pytest.mark.both_databases

AT = Moment(TODAY, ZoneInfo("Europe/Paris"))
PEOPLE = 150
LISTS = 2


@pytest.fixture
def town(app: Flask) -> Iterator[dict[int, Fact]]:
    """People of every sort, the same each time, by their number."""
    drawn = Random(7)
    with app.app_context():
        for name in ("Roll", "Padrón"):
            target = make_list(name)
            db.session.add(_import(target.id))
            db.session.flush()
        db.session.add_all(_mailing(number, is_watched) for number, is_watched in MAILINGS.items())
        db.session.add_all(_club(number, theme) for number, theme in CLUBS.items())
        facts = {number: _person(number, drawn) for number in range(1, PEOPLE + 1)}
        db.session.commit()
        yield facts


def _import(list_id: int) -> CensusImport:
    return CensusImport(
        id=list_id, list_id=list_id, state="applied", actor="shell", made_at=datetime.now(UTC), effective_on=TODAY,
        file_sha256="", encoding="", delimiter="", preset="", columns={},
    )  # fmt: skip


def _club(number: int, theme: str) -> Association:
    told = dict.fromkeys(("purpose", "district", "number", "email", "phone", "website"), "")
    name = f"club {number}"
    state = "ended" if number == max(CLUBS) else "registered"
    return Association(
        id=number, state=state, name=name, name_key=name, words=name, theme=theme, applied_at=datetime.now(UTC), **told
    )  # fmt: skip


def _mailing(number: int, is_watched: bool) -> Mailing:
    return Mailing(
        id=number, title="news", purpose="council", audience="people", texts={}, state="done", is_watched=is_watched,
        made_by="shell", made_at=datetime.now(UTC), ended_at=datetime.now(UTC),
    )  # fmt: skip


def _copy(number: int, mailing: int, copy: str) -> Recipient:
    days = {
        "opened_on": TODAY if copy == "opened" else None,
        "clicked_on": TODAY if copy == "clicked" else None,
    }
    state = "sent" if copy in ("opened", "clicked") else copy
    return Recipient(mailing_id=mailing, person_id=number, state=state, at=datetime.now(UTC), **days)


def _ago(drawn: Random, most: int) -> date:
    # many on the edges of the windows that rules draw
    return TODAY - timedelta(days=drawn.choice([0, 1, 180, 181, 365, 366, drawn.randrange(most)]))


def _person(number: int, drawn: Random) -> Fact:
    fact = Fact(drawn.choice(["fr", "es"]), _ago(drawn, 500), drawn.random() < 0.7, drawn.random() < 0.1)
    first = datetime.combine(fact.registered_on, datetime.min.time(), AT.zone)
    at = first + drawn.choice([timedelta(0), timedelta(hours=23, minutes=59)])
    closed = at if fact.is_closed else None
    db.session.add(
        Person(id=number, language=fact.language, created_at=at, sessions_from=at, disabled_at=closed)
    )
    db.session.flush()
    address = f"p{number}@example.org"
    confirmed = at if fact.confirmed else None
    db.session.add(
        ContactPoint(person_id=number, address=address, normalized=address, confirmed_at=confirmed)
    )
    fact.tags = [tag for tag in TAGS if drawn.random() < 0.3]
    fact.deeds = list(
        {
            Deed(drawn.choice(KINDS), drawn.randrange(5), _ago(drawn, 500))
            for _ in range(drawn.choice([0, 0, 3, 9]))
        }
    )
    fact.clubs = {
        club: str(drawn.choice(list(Standing)))
        for club in drawn.sample(list(CLUBS), drawn.choice([0, 0, 1, 2]))
    }
    db.session.add_all(
        AssociationMember(association_id=club, person_id=number, standing=standing, name="x", since_at=at)
        for club, standing in fact.clubs.items()
    )
    fact.copies = {mailing: drawn.choice(COPIES) for mailing in MAILINGS if drawn.random() < 0.8}
    db.session.add_all(_copy(number, mailing, copy) for mailing, copy in fact.copies.items())
    db.session.add_all(PersonTag(person_id=number, tag=tag) for tag in fact.tags)
    db.session.add_all(Activity(person_id=number, **deed._asdict()) for deed in fact.deeds)
    if drawn.random() < 0.7:
        _match(number, fact, drawn)
    return fact


def _match(number: int, fact: Fact, drawn: Random) -> None:
    """On a list, some with an entry that has ended: then the census says nothing of them any more."""
    fact.level = drawn.choice([2, 3])
    born = TODAY.replace(year=TODAY.year - drawn.randrange(100)) - timedelta(
        days=drawn.choice([-1, 0, 1, 200])
    )
    knows_day = drawn.random() < 0.7
    said: dict[str, Any] = {
        "birth_on": born if knows_day else None, "birth_year": born.year, "sex": drawn.choice(["f", "m", "x", ""]),
        "district": drawn.choice(DISTRICTS), "language": drawn.choice(["fr", "ca", ""]),
    }  # fmt: skip
    list_id, has_ended = drawn.randrange(1, LISTS + 1), drawn.random() < 0.15
    who = number.to_bytes(16, "big")
    hashes = {"identity_hash": who, "family_hash": b"", "used_family_hash": b"", "given_hash": b""}
    until = TODAY if has_ended else None
    entry = CensusEntry(
        list_id=list_id, **hashes, **said, valid_from=TODAY, valid_until=until, added_by=list_id
    )
    match = CensusMatch(
        person_id=number, list_id=list_id, identity_hash=who, level=fact.level, way="desk", matched_at=datetime.now(UTC)
    )  # fmt: skip
    db.session.add_all([entry, match])
    if not has_ended:
        fact.entry = {"list": list_id, **said}


def _of_the_census(rule: Rule) -> Rule:
    """The rule as it is of somebody who has no account: nothing but the census says anything."""
    if isinstance(rule, Condition):
        return rule if rule.field in rules.CENSUS_FIELDS else AnyOf(())
    if isinstance(rule, Not):
        return Not(_of_the_census(rule.part))
    return type(rule)(tuple(map(_of_the_census, rule.parts)))


def _fact(entry: dict[str, Any]) -> Fact:
    return Fact("", date.min, confirmed=False, entry=entry)


def test_sql_and_plain_python_agree_on_every_rule(town: dict[int, Fact]) -> None:
    @settings(max_examples=250, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(raw: dict[str, Any]) -> None:
        rule = rules.parse(raw)
        found = list(db.session.scalars(compiling.people(rule, AT)))
        assert len(found) == len(set(found))
        assert set(found) == {n for n, fact in town.items() if not fact.is_closed and holds(rule, fact)}

    agree()


def test_why_agrees_with_plain_python_for_everybody(town: dict[int, Fact]) -> None:
    @settings(max_examples=40, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(raw: dict[str, Any]) -> None:
        rule = rules.parse(raw)
        for number in range(1, PEOPLE, 15):
            fact = town[number]
            row = db.session.execute(compiling.answers(rule, AT), {"person": number}).one()
            assert bool(row[0]) is (not fact.is_closed and holds(rule, fact))
            assert [bool(one) for one in row[1:]] == [holds(one, fact) for one in rules.conditions(rule)]

    agree()


def test_entries_without_an_account_are_asked_as_plain_python_would(town: dict[int, Fact]) -> None:
    said: list[dict[str, Any]] = [
        {"list": 1, "birth_on": date(TODAY.year - age, 1, 1), "birth_year": TODAY.year - age, "sex": sex, "district": place,
         "language": "fr"}
        for age in (15, 16, 40) for sex in "fm" for place in DISTRICTS
    ]  # fmt: skip
    hashes = {"family_hash": b"", "used_family_hash": b"", "given_hash": b""}
    for at, one in enumerate(said):
        row = {"list_id": 1, **{name: value for name, value in one.items() if name != "list"}, **hashes}
        who = (10_000 + at).to_bytes(16, "big")
        db.session.add(CensusEntry(id=10_000 + at, identity_hash=who, valid_from=TODAY, added_by=1, **row))
        if at % 3 == 0:  # not yet, or no more
            ended = {"valid_from": TODAY - timedelta(days=9), "valid_until": TODAY} if at % 2 else {
                "valid_from": TODAY + timedelta(days=1), "valid_until": None
            }  # fmt: skip
            later = (20_000 + at).to_bytes(16, "big")
            db.session.add(CensusEntry(id=20_000 + at, identity_hash=later, added_by=1, **ended, **row))
    db.session.commit()

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(raw: dict[str, Any]) -> None:
        rule = rules.parse(raw)
        found = set(db.session.scalars(compiling.entries(rule, AT)))
        assert found == {
            10_000 + at for at, one in enumerate(said) if holds(_of_the_census(rule), _fact(one))
        }

    agree()


def test_a_rule_and_its_contrary_share_the_town(town: dict[int, Fact]) -> None:
    everybody = {n for n, fact in town.items() if not fact.is_closed}

    @settings(max_examples=60, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(raw: dict[str, Any]) -> None:
        inside = set(db.session.scalars(compiling.people(rules.parse(raw), AT)))
        outside = set(db.session.scalars(compiling.people(rules.Not(rules.parse(raw)), AT)))
        assert not inside & outside
        assert inside | outside == everybody

    agree()
