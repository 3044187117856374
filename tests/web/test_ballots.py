"""Secret ballots on real databases: once each, nothing lost, nothing to lay side by side."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import text, update

from app import facts
from app.ballots import jobs, keeping, queries, rules, service
from app.ballots.errors import BoxUnreadable, VotingClosed, VotingNotOpen
from app.ballots.models import BoxBallot, Draft, HopperBallot, RollEntry
from app.core import clock
from app.core.db import db
from app.processes import service as processes
from app.processes.errors import BoxClosed, NotReady
from tests.web.voters import KEY, end_now, make_people, open_process, vote

pytestmark = pytest.mark.both_databases


def test_a_vote_is_on_the_roll_and_in_the_hopper_and_its_draft_is_gone(app: Flask) -> None:
    with app.app_context():
        process, (voter,) = open_process(), make_people(1)
        service.keep_draft(process.id, voter, "[1]", KEY)
        assert service.read_draft(process.id, voter, KEY) == (False, "[1]")
        made = vote(process, voter, "[1,2]", KEY)
        assert made.is_first
        assert made.receipt is not None
        assert queries.count(process.id) == rules.Counts(1, 1, 0)
        assert queries.read_begun(process.id, voter) == (True, None)
        assert queries.has_ballot(process.id, made.receipt)


def test_fifty_at_once_by_one_voter_are_one_vote_with_the_same_confirmation(app: Flask) -> None:
    with app.app_context():
        slug, (voter,) = open_process().slug, make_people(1)
    shown: list[tuple[str, str | None]] = []
    first: list[bool] = []

    def run() -> None:
        with app.app_context():
            from app.processes import queries as process_queries

            made = vote(process_queries.get_process(slug), voter, "[1]", KEY)
            shown.append((made.reference, made.receipt))
            first.append(made.is_first)
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        assert len(shown) == 50
        assert len(set(shown)) == 1, "all see the same confirmation"
        assert first.count(True) == 1
        assert db.session.query(RollEntry).count() == 1
        assert db.session.query(HopperBallot).count() == 1


def test_another_browser_sees_the_reference_but_no_receipt(app: Flask) -> None:
    with app.app_context():
        process, (voter,) = open_process(), make_people(1)
        made = vote(process, voter, "[1]", KEY)
        elsewhere = vote(process, voter, "[2]", bytes(32))
        assert elsewhere.reference == made.reference
        assert elsewhere.receipt is None
        assert not elsewhere.is_first


@pytest.mark.parametrize(("from_hours", "refusal"), [(-3, VotingClosed), (2, VotingNotOpen)])
def test_outside_the_phase_nothing_is_recorded(app: Flask, from_hours: int, refusal: type[Exception]) -> None:
    with app.app_context():
        process, (voter,) = open_process(), make_people(1)
        start = clock.now() + timedelta(hours=from_hours)
        processes.set_dates("shell", process, start, start + timedelta(hours=1))
        db.session.commit()
        with pytest.raises(refusal):
            vote(process, voter, "[1]")
        db.session.rollback()
        assert queries.count(process.id) == rules.Counts(0, 0, 0)


def test_a_voter_on_the_roll_sees_the_confirmation_after_the_close_too(app: Flask) -> None:
    with app.app_context():
        process, (voter,) = open_process(), make_people(1)
        made = vote(process, voter, "[1]", KEY)
        end_now(app, process.slug)
        keeping.close_box(process)
        db.session.commit()
        again = vote(process, voter, "[1]", KEY)
        assert (again.reference, again.receipt) == (made.reference, made.receipt)


def test_a_batch_of_twenty_goes_to_the_box_and_twenty_stay_behind(app: Flask) -> None:
    with app.app_context():
        process, voters = open_process(), make_people(45)
        for voter in voters[:39]:
            vote(process, voter, "[1]")
        jobs.carry_batches()
        assert queries.count(process.id) == rules.Counts(39, 39, 0)
        vote(process, voters[39], "[1]")
        jobs.carry_batches()
        assert queries.count(process.id) == rules.Counts(40, 20, 20)
        for voter in voters[40:]:
            vote(process, voter, "[2]")
        jobs.carry_batches()
        assert keeping.compare(process.id) == rules.Counts(45, 25, 20)


def test_the_count_chain_does_not_tell_which_ballot_came_last(app: Flask) -> None:
    """A37: roots over the box of earlier moments are tried against the final box with each ballot left out."""
    with app.app_context():
        process, voters = open_process(), make_people(41)
        for number, voter in enumerate(voters):
            vote(process, voter, f"[{number}]")
            jobs.carry_batches()
            jobs.link_chains()
        end_now(app, process.slug)
        keeping.close_box(process)
        db.session.commit()
        box, early = list(queries.iter_box(process.id)), queries.list_links(process.id)[:-1]
        one_short = {rules.box_root([other for other in box if other is not one]) for one in box}
        assert not one_short & {link.root for link in early}
        sizes = {0, *(link.box for link in early), len(box)}
        assert all(after - before >= rules.BATCH for before, after in pairwise(sorted(sizes)))


def test_closing_moves_everything_links_the_chain_and_happens_once(app: Flask) -> None:
    with app.app_context():
        process, voters = open_process(), make_people(7)
        for voter in voters:
            vote(process, voter, f"[{voter}]")
        service.keep_draft(process.id, make_people(1, 50)[0], "[1]", KEY)
        with pytest.raises(NotReady):
            keeping.close_box(process)
        db.session.rollback()
        end_now(app, process.slug)
        assert keeping.close_box(process) == rules.Counts(7, 0, 7)
        db.session.commit()
        assert keeping.close_box(process) == rules.Counts(7, 0, 7)
        assert [link.is_final for link in queries.list_links(process.id)] == [True]
        assert db.session.query(Draft).count() == 0
        assert sorted(one.choices for one in queries.iter_box(process.id)) == sorted(
            f"[{one}]" for one in voters
        )
        with pytest.raises(BoxClosed):
            processes.set_dates("shell", process, clock.now(), clock.now() + timedelta(days=1))


def test_a_ballot_changed_in_the_closed_box_is_found(app: Flask) -> None:
    with app.app_context():
        process, voters = open_process(), make_people(3)
        for voter in voters:
            vote(process, voter, "[1]")
        keeping.add_link(process.id)
        end_now(app, process.slug)
        keeping.close_box(process)
        db.session.commit()
        assert keeping.is_box_as_linked(process.id)
        one = list(queries.iter_box(process.id))[0]
        db.session.execute(update(BoxBallot).where(BoxBallot.id == one.id).values(choices="[2]"))
        assert not keeping.is_box_as_linked(process.id)


def test_with_another_ballot_key_the_hopper_is_kept_and_nothing_is_closed_until_the_key_is_back(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = app.config["CIVIC"]
    with app.app_context():
        process, voters = open_process(), make_people(3)
        monkeypatch.setitem(
            app.config, "CIVIC", replace(own, ballot_key=())
        )  # as a release that had none sealed it
        vote(process, voters[0], "[0]")
        monkeypatch.setitem(app.config, "CIVIC", own)
        vote(process, voters[1], "[1]")
        assert keeping.list_unreadable() == []
        monkeypatch.setitem(app.config, "CIVIC", replace(own, ballot_key=("x" * 48,)))
        vote(process, voters[2], "[2]")
        assert facts.gather()["unreadable_votes"] == 1
        end_now(app, process.slug)
        with pytest.raises(BoxUnreadable):
            keeping.close_box(process)
        db.session.rollback()
        assert queries.count(process.id) == rules.Counts(3, 3, 0)
        monkeypatch.setitem(app.config, "CIVIC", replace(own, ballot_key=("x" * 48, *own.ballot_key)))
        assert keeping.close_box(process) == rules.Counts(3, 0, 3)
        assert sorted(one.choices for one in queries.iter_box(process.id)) == ["[0]", "[1]", "[2]"]


def test_the_rows_of_drafts_and_hopper_say_nothing_without_their_keys(app: Flask) -> None:
    with app.app_context():
        process, (voter, other) = open_process(), make_people(2)
        mark = secrets.token_hex(12)
        service.keep_draft(process.id, other, mark, KEY)
        made = vote(process, voter, mark)
        for table in (HopperBallot, Draft):
            for row in db.session.query(table):
                assert mark.encode() not in row.sealed
        assert service.read_draft(process.id, other, bytes(32)) == (False, None)
        assert made.receipt is not None
        receipt = rules.receipt_hash(made.receipt)
        assert receipt not in {row.id for row in db.session.query(HopperBallot)}


def test_after_the_close_nothing_stored_lays_the_roll_beside_the_box(app: Flask) -> None:
    """A37: by transaction, place, id, order and receipt hash; with batches carried on the way, as in service."""
    with app.app_context():
        process, voters = open_process(), make_people(90)
        order = list(voters)
        secrets.SystemRandom().shuffle(order)
        for number, voter in enumerate(order):
            vote(process, voter, f"[{voter}]")
            if number in (30, 60):
                keeping.empty_hopper(process.id)
                db.session.commit()
        end_now(app, process.slug)
        keeping.close_box(process)
        db.session.commit()
        box_ids = [one.id for one in queries.iter_box(process.id)]
        in_place = _rows_in_place()
        assert [row[0] for row in in_place] == sorted(box_ids), "rows lie in the order of random ids"
        voters_in_box = [int(row[1].strip("[]")) for row in in_place]
        for known_order in (order, voters):
            hits = sum(1 for one, other in zip(voters_in_box, known_order, strict=True) if one == other)
            assert hits < 8, "no more agreement with the order of voting or of accounts than chance gives"
        if db.engine.dialect.name == "postgresql":
            _check_postgresql()


def _rows_in_place() -> list[tuple[str, str]]:
    place = "ctid" if db.engine.dialect.name == "postgresql" else ""
    order = f"ORDER BY {place}" if place else ""
    return [
        (row[0], row[1]) for row in db.session.execute(text(f"SELECT id, choices FROM ballot_box {order}"))
    ]


def _check_postgresql() -> None:
    numbers = db.session.execute(text("SELECT DISTINCT xmin::text FROM ballot_box")).scalars().all()
    assert len(numbers) == 1, "the whole box was written by one transaction"
    linked = db.session.execute(
        text("SELECT count(*) FROM ballot_box b JOIN ballot_roll r ON b.xmin::text = r.xmin::text")
    ).scalar()
    assert linked == 0
    assert db.session.execute(text("SELECT pg_relation_size('ballot_hopper')")).scalar() == 0, (
        "no dead rows are left of the hopper"
    )


def test_sqlite_keeps_no_row_numbers(app: Flask) -> None:
    with app.app_context():
        if db.engine.dialect.name != "sqlite":
            pytest.skip("PostgreSQL has no rowid; its ctid and xmin have a test of their own")
        for table in ("ballot_roll", "ballot_hopper", "ballot_box", "ballot_drafts", "census_ticks"):
            made = db.session.execute(
                text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": table}
            ).scalar_one()
            assert "WITHOUT ROWID" in made
