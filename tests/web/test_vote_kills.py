"""F1: a real process is killed (SIGKILL) before each statement of a vote and around its commit; then the vote is sent again."""

from __future__ import annotations

import signal

import pytest
from flask import Flask
from sqlalchemy import event

from app.ballots import keeping, queries
from app.ballots import service as ballots
from app.budgets import service
from app.budgets.rules import Choices
from app.core.db import db
from app.mail.outbox import OutboxMessage
from app.processes import queries as processes
from tests.web.callers import person_of
from tests.web.kills import die, die_before_statement, in_child
from tests.web.towns import open_budget, project_ids
from tests.web.voters import key_of

pytestmark = pytest.mark.both_databases

MOST_STATEMENTS = 20


def _vote(slug: str, person: int, project: int) -> None:
    service.cast(slug, person, lambda _: Choices((project,)), key_of(person))
    db.session.commit()


def _check(app: Flask, slug: str, person: int, *, voted: bool | None = None) -> bool:
    """Either a counted ballot, a confirmation and a letter, or none of them; returns which."""
    with app.app_context():
        process = processes.get_process(slug)
        made = ballots.find_confirmation(process.id, person, key_of(person))
        counts = queries.count(process.id)
        letters = (
            db.session.query(OutboxMessage).filter(OutboxMessage.key == f"vote:{process.id}:{person}").count()
        )
        assert counts.agree, counts
        assert letters == (made is not None)
        if made is not None:
            assert made.receipt is not None
            assert queries.has_ballot(process.id, made.receipt)
        assert voted in (None, made is not None)
        return made is not None


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_vote_killed_at_any_step_is_whole_or_absent_and_sent_again_is_one(app: Flask) -> None:
    slug = open_budget(app)
    project = project_ids(app, slug)["7"]
    killed = 0
    for number in range(1, MOST_STATEMENTS):
        person = person_of(app, f"voter{number}@example.org")

        def work(number: int = number, person: int = person) -> None:
            die_before_statement(number)
            _vote(slug, person, project)

        if in_child(app, work) == 0:
            break
        killed += 1
        assert not _check(app, slug, person), f"killed before statement {number}: nothing may be there"
        for _ in range(2):
            with app.app_context():
                _vote(slug, person, project)
        _check(app, slug, person, voted=True)
    assert killed >= 8, "each statement of the vote was a place to die"
    _check_commit(app, slug, project)
    with app.app_context():
        process = processes.get_process(slug)
        keeping.empty_hopper(process.id)
        db.session.commit()
        assert queries.count(process.id).agree


def _check_commit(app: Flask, slug: str, project: int) -> None:
    before, after = person_of(app, "before@example.org"), person_of(app, "after@example.org")

    def die_before() -> None:
        event.listen(db.engine, "commit", die)
        _vote(slug, before, project)

    def die_after() -> None:
        _vote(slug, after, project)
        die()

    assert in_child(app, die_before) == signal.SIGKILL
    _check(app, slug, before, voted=False)
    assert in_child(app, die_after) == signal.SIGKILL
    _check(app, slug, after, voted=True)


def test_a_batch_killed_at_any_step_loses_and_doubles_nothing(app: Flask) -> None:
    slug = open_budget(app)
    project = project_ids(app, slug)["7"]
    people = [person_of(app, f"voter{number}@example.org") for number in range(6)]
    with app.app_context():
        process_id = processes.get_process(slug).id
        for person in people:
            _vote(slug, person, project)
    for number in range(1, MOST_STATEMENTS):

        def work(number: int = number) -> None:
            die_before_statement(number)
            keeping.empty_hopper(process_id)
            db.session.commit()

        if in_child(app, work) == 0:
            break
        for person in people:
            _check(app, slug, person, voted=True)
    with app.app_context():
        assert (queries.count(process_id).hopper, queries.count(process_id).box) == (0, len(people))
