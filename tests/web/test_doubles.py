"""Doubles: found by hints, compared, and merged without losing a vote; nobody votes again, and the stricter consent wins."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import facts
from app.associations.rules import Standing
from app.ballots import queries as ballots
from app.ballots.models import RollEntry
from app.budgets import service as budgets
from app.budgets.errors import NotEntitled
from app.budgets.rules import Choices
from app.census.models import CensusMatch
from app.core import audit
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.people import consent, search, tags
from app.people import service as people
from app.people.consent import Way
from app.people.errors import NoSuchPerson
from app.people.models import ContactPoint, Person
from app.people.purposes import BY_KEY
from app.privacy import doubles
from app.privacy.errors import NotMergeable
from app.privacy.merging import merge
from app.processes import queries as processes
from app.verification import service as verification
from tests.web import clubs
from tests.web.callers import person_of, sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send, token_of
from tests.web.rolls import bring, make_list, row, town
from tests.web.towns import close, open_budget, project_ids

pytestmark = pytest.mark.both_databases

KEPT, GONE = "ana@example.org", "ana.lopez@work.example.org"
DOUBLES = "/en/office/people/doubles"


@pytest.fixture
def pair(app: Flask) -> tuple[int, int]:
    """Two accounts of one person: the one that stays, the one that goes."""
    return person_of(app, KEPT, name="Ana López"), person_of(app, GONE, name="Ana Lopez")


def vote(client: FlaskClient, app: Flask, slug: str) -> int:
    """Confirm a ballot; the status."""
    fields = {"project": project_ids(app, slug)["7"], "csrf_token": token_of(client)}
    return client.post(f"/en/budgets/{slug}/ballot/confirm", data=fields).status_code


def join(app: Flask, kept: int, gone: int) -> None:
    """An officer merges them."""
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    where = f"/en/office/people/{kept}/doubles/{gone}"
    assert send(officer, where, where, typed=str(gone)).status_code == 303


def roll(app: Flask, slug: str) -> list[int]:
    """Who is on the roll; it agrees with the ballots."""
    with app.app_context():
        process_id = processes.get_process(slug).id
        assert ballots.count(process_id).agree
        mine = select(RollEntry.person_id).where(RollEntry.process_id == process_id)
        return sorted(db.session.scalars(mine))


def test_a_vote_of_the_one_is_a_vote_of_the_other_and_stays_counted(
    app: Flask, pair: tuple[int, int]
) -> None:
    kept, gone = pair
    slug = open_budget(app)
    assert vote(signed_in(app, GONE, name="Ana Lopez"), app, slug) == 303
    join(app, kept, gone)
    assert roll(app, slug) == [kept]
    client = signed_in(app, KEPT, name="Ana López")
    assert vote(client, app, slug) == 303
    assert roll(app, slug) == [kept], "the second ballot is the confirmation of the first"
    assert client.get(f"/en/budgets/{slug}/ballot").status_code == 303
    close(app, slug)


@pytest.mark.parametrize(
    ("of_kept", "of_gone", "after"),
    [
        (Standing.MEMBER, Standing.DELEGATE, "delegate"), (None, Standing.DELEGATE, "delegate"),
        (Standing.DELEGATE, Standing.ASKED, "delegate"), (Standing.ASKED, Standing.MEMBER, "member"),
    ],
)  # fmt: skip
def test_the_stronger_standing_in_an_association_stays(
    app: Flask, pair: tuple[int, int], of_kept: Standing | None, of_gone: Standing, after: str
) -> None:
    kept, gone = pair
    one = clubs.register(app)
    for address, held in ((KEPT, of_kept), (GONE, of_gone)):
        if held:
            clubs.join(app, one, address, held)
    with app.app_context(), app.test_request_context("/en/"):
        merge("shell", people.get_person(gone), people.get_person(kept))
        db.session.commit()
    assert (clubs.standing(app, one, kept), clubs.standing(app, one, gone)) == (after, None)


def test_every_address_of_both_is_told(app: Flask, pair: tuple[int, int]) -> None:
    """Or an officer could take a resident's account, and their vote, for one of their own without a word."""
    join(app, *pair)
    with app.app_context():
        told = select(OutboxMessage.recipient).where(OutboxMessage.subject.contains("made one"))
        assert sorted(db.session.scalars(told)) == sorted([KEPT, GONE])


def test_where_both_have_voted_both_stay_counted(app: Flask, pair: tuple[int, int]) -> None:
    kept, gone = pair
    slug = open_budget(app)
    for address in (KEPT, GONE):
        assert vote(signed_in(app, address, name="Ana"), app, slug) == 303
    join(app, kept, gone)
    assert roll(app, slug) == sorted(pair)
    assert vote(signed_in(app, KEPT), app, slug) == 303
    assert roll(app, slug) == sorted(pair)
    close(app, slug)
    with app.app_context():
        assert all(facts.gather()["invariants"].values())


def test_everything_else_moves_and_the_other_number_is_nobody(app: Flask, pair: tuple[int, int]) -> None:
    kept, gone = pair
    old = signed_in(app, GONE, name="Ana Lopez")
    with app.app_context():
        for number, words in ((kept, ("choir",)), (gone, ("choir", "interpreter"))):
            for word in words:
                tags.tag("shell", people.get_person(number), word)
            people.note_activity(number, "signed_in")
        people.note_activity(gone, "began", 7)
        verification.ask(gone, "Am I on it?")
        bring(make_list(), town(40))
        db.session.add(match_of(gone))
        db.session.commit()
    join(app, kept, gone)
    assert old.get("/en/account").status_code == 303
    assert sign_in(app, make_client(app), GONE).status_code == 303
    with app.app_context():
        assert tags.list_tags(kept) == ["choir", "interpreter"]
        points = select(ContactPoint.address, ContactPoint.person_id).order_by(ContactPoint.id)
        mine = [tuple(one) for one in db.session.execute(points) if "ana" in one.address]
        assert mine == [(KEPT, kept), (GONE, kept)], "letters go where they went"
        assert db.session.get(CensusMatch, kept) is not None
        assert {one.id for one in search.find_people("lopez")} == {kept}
        husk = people.find_person(gone)
        assert husk is not None
        assert (husk.display_name, husk.erased_at is not None) == ("", True)
        (act,) = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == "person.merge"))
        assert (act.subject, act.detail) == (f"person:{kept}", f'{{"gone": {gone}}}')
        assert audit.find_break() is None
        assert all(facts.gather()["invariants"].values())
        counts = [
            db.session.scalar(select(func.count()).select_from(table).where(table.c.person_id == gone))
            for table in Person.metadata.sorted_tables
            if "person_id" in table.c
        ]
        assert not any(counts)


def test_two_officers_who_merge_the_same_accounts_both_ways_at_once_merge_them_once(
    app: Flask, pair: tuple[int, int]
) -> None:
    start, done = Barrier(6), []

    def act(kept: int, gone: int) -> None:
        with app.app_context():
            start.wait()
            try:
                merge("person:9", people.get_person(gone), people.get_person(kept))
                db.session.commit()
                done.append((kept, gone))
            except (NotMergeable, NoSuchPerson):
                db.session.rollback()

    ways = [pair, pair[::-1]] * 3
    threads = [Thread(target=act, args=way) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == 1
    with app.app_context():
        points = db.session.execute(select(ContactPoint.person_id, ContactPoint.address)).all()
        assert sorted(one.address for one in points) == sorted((KEPT, GONE))
        assert {one.person_id for one in points} == {done[0][0]}


def merge_accounts(gone: int, kept: int) -> None:
    """As an officer does, not committed."""
    merge("person:9", people.get_person(gone), people.get_person(kept))


@pytest.mark.parametrize("ballot_first", [True, False])
def test_a_ballot_on_its_way_while_two_accounts_become_one_is_there_once_or_not_at_all(
    app: Flask, pair: tuple[int, int], ballot_first: bool
) -> None:
    """PostgreSQL: each of the two waits for the other's transaction. Nobody loses a vote that was taken, nobody gets two."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            pytest.skip("SQLite writes one at a time")
    kept, gone = pair
    slug = open_budget(app)
    chosen = Choices((project_ids(app, slug)["7"],))
    ballot = partial(budgets.cast, slug, gone, lambda _: chosen, bytes(32))
    steps = [ballot, partial(merge_accounts, gone, kept)]
    begun, ended = Event(), Event()
    seen: list[object] = []

    def first(step: Callable[[], object]) -> None:
        with app.app_context(), app.test_request_context("/en/"):
            step()
            begun.set()
            seen.append(ended.wait(0.5))
            db.session.commit()

    def second(step: Callable[[], object]) -> None:
        with app.app_context(), app.test_request_context("/en/"):
            begun.wait(10)
            with suppress(NotEntitled):
                step()
                db.session.commit()
            db.session.rollback()
            ended.set()

    order = steps if ballot_first else steps[::-1]
    threads = [Thread(target=act, args=(step,)) for act, step in zip((first, second), order, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert seen == [False], "the second waits for the first"
    assert roll(app, slug) == ([kept] if ballot_first else [])
    client = signed_in(app, KEPT, name="Ana López")
    assert vote(client, app, slug) == 303
    assert roll(app, slug) == [kept], "one ballot, however often they confirm"
    assert signed_in(app, KEPT).get(f"/en/budgets/{slug}/ballot").status_code == 303


def match_of(person_id: int) -> CensusMatch:
    """A match with somebody on the list."""
    from app.census.models import CensusEntry
    from app.core import clock

    entry = db.session.scalars(select(CensusEntry)).first()
    assert entry is not None
    return CensusMatch(
        person_id=person_id, list_id=entry.list_id, identity_hash=entry.identity_hash, level=2, way="self",
        matched_at=clock.now(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("of_kept", "of_gone", "stands"),
    [
        ("yes", "yes", True), ("yes", "no", False), ("no", "yes", False), ("yes", "", False), ("", "yes", False),
        ("", "", False),
    ],
)  # fmt: skip
def test_a_yes_stands_only_where_both_accounts_said_it(
    app: Flask, pair: tuple[int, int], of_kept: str, of_gone: str, stands: bool
) -> None:
    kept, gone = pair
    with app.app_context():
        for number, said in ((kept, of_kept), (gone, of_gone)):
            if said:
                consent.give(number, BY_KEY["newsletter"], Way("page", "en"))
            if said == "no":
                consent.withdraw(number, BY_KEY["newsletter"], Way("page", "en"))
        db.session.commit()
        before = len(consent.history_of(kept)) + len(consent.history_of(gone))
        merge("person:1", people.get_person(gone), people.get_person(kept))
        db.session.commit()
        assert consent.is_given(kept, "newsletter") is stands
        assert len(consent.history_of(kept)) >= before, "the proof of both stays"


def test_two_people_of_the_list_staff_and_closed_accounts_are_not_merged(
    app: Flask, pair: tuple[int, int]
) -> None:
    kept, gone = pair
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    staff = person_of(app, "omar@example.org", Role.OFFICER)
    with app.app_context():
        bring(make_list(), town(40))
        for number, person in ((7, kept), (8, gone)):
            verification.verify_at_desk("shell", claim(number), address_of(person), "en")
        db.session.commit()
    cases = [
        (kept, gone, "as two different people"),
        (kept, kept, "not two accounts"),
        (kept, staff, "a role"),
    ]
    for one, other, words in cases:
        where = f"/en/office/people/{one}/doubles/{other}"
        assert words in page(officer.get(where), 409)
        form = {"typed": str(other), "csrf_token": token_of(officer)}
        page(officer.post(where, data=form), 409)
    assert officer.get(f"/en/office/people/{kept}/doubles/999").status_code == 404
    with app.app_context():
        assert all(people.get_person(number).erased_at is None for number in (kept, gone, staff))


def address_of(person_id: int) -> str:
    """The first address of an account."""
    return people.get_person(person_id).contact_points[0].address


def claim(number: int) -> Any:
    """What somebody of the town says of themselves."""
    from datetime import date, timedelta

    from app.verification.rules import Claim

    return Claim(f"N-{number:05}", f"nunez {number}", "", date(1930, 1, 1) + timedelta(days=number * 37))


def test_what_looks_alike_is_listed_as_a_hint_and_known_strangers_are_not(app: Flask) -> None:
    for address, name in (
        ("jo.roca@example.org", "Jo Roca"), ("joroca+town@example.org", "J. R."), ("max@example.org", "Max Prat"),
        ("max@other.example.org", "max prat"), ("kim@example.org", "Kim"), ("kim@other.example.org", "Kim"),
        ("lou@example.org", "Lou Sol"), ("lou@other.example.org", "Lou Sol"),
    ):  # fmt: skip
        person_of(app, address, name=name)
    with app.app_context():
        people_of_the_list = file = town(40) + (row(41, birth="01/01/1999") + "\n").encode()
        assert people_of_the_list == file
        bring(make_list(), file)
        first, second = (people.find_person_by_email(f"lou@{at}example.org") for at in ("", "other."))
        assert first
        assert second
        db.session.add(match_of(first.id))
        from app.census.models import CensusEntry

        other = db.session.scalars(select(CensusEntry).where(CensusEntry.birth_year == 1999)).one()
        made = match_of(second.id)
        made.identity_hash = other.identity_hash
        db.session.add(made)
        db.session.commit()
        groups = [(one.is_mailbox, [two.address for two in one.found]) for one in doubles.list_groups()]
    assert groups == [
        (True, ["jo.roca@example.org", "joroca+town@example.org"]),
        (False, ["max@example.org", "max@other.example.org"]),
    ]
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    html = page(officer.get(DOUBLES))
    assert "max@other.example.org" in html
    assert "lou@example.org" not in html
    assert f'href="{DOUBLES}"' in page(officer.get("/en/office/people"))


def test_two_numbers_lead_to_the_comparison_and_nonsense_is_told(app: Flask, pair: tuple[int, int]) -> None:
    kept, gone = pair
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    html = page(send(officer, DOUBLES, DOUBLES, kept="x", gone=""), 422)
    assert html.count("Enter the number of an account.") >= 4
    where = send(officer, DOUBLES, DOUBLES, kept=str(kept), gone=str(gone)).location
    html = page(officer.get(where))
    assert KEPT in html
    assert GONE in html
    assert "Nothing was merged" in page(send(officer, where, where, typed=str(kept)), 422)
    with app.app_context():
        assert people.get_person(gone).erased_at is None


def test_residents_neither_see_nor_merge(app: Flask, pair: tuple[int, int]) -> None:
    kept, gone = pair
    client = signed_in(app, KEPT)
    where = f"/en/office/people/{kept}/doubles/{gone}"
    for path in (DOUBLES, where):
        assert client.get(path).status_code == 403
        assert client.post(path, data={"typed": str(gone), "csrf_token": token_of(client)}).status_code == 403
