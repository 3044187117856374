"""What a site says of itself: numbers that are so, and each invariant seen when it breaks (I1, I4, I7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, update

from app import facts
from app.ballots.models import HopperBallot
from app.core import clock, schema
from app.core.audit import AuditEntry
from app.core.db import db
from app.mail import outbox
from app.mail.letters import Letter
from app.mail.outbox import LEASE, OutboxMessage
from tests.web.voters import make_people, open_process, vote

pytestmark = pytest.mark.both_databases


def test_a_site_counts_its_people_processes_and_letters(app: Flask) -> None:
    with app.app_context():
        process = open_process()
        vote(process, make_people(3)[0], "7")
        outbox.enqueue(Letter("Hello", "Good day."), "ana@example.org", key="k")
        db.session.commit()
        said = facts.gather()
        assert said["schema"] == schema.head()
        assert (said["people"]["resident"], said["processes"], said["open"]) == (
            3,
            {"open": 1},
            [process.slug],
        )
        assert (said["outbox"]["waiting"], said["outbox"]["sent"]) == (1, 0)
        assert list(said["invariants"].values()) == [True, True, True, True]


def test_a_ballot_gone_from_the_hopper_is_noticed(app: Flask) -> None:
    with app.app_context():
        vote(open_process(), make_people(1)[0], "7")
        db.session.execute(delete(HopperBallot))
        assert broken() == ["I1"]


def test_a_letter_that_is_sent_for_longer_than_its_lease_is_noticed(app: Flask) -> None:
    with app.app_context():
        outbox.enqueue(Letter("Hello", "Good day."), "ana@example.org", key="k")
        past = clock.now() - LEASE
        sending = update(OutboxMessage).values(state="sending", lease_until=past + timedelta(minutes=1))
        db.session.execute(sending)
        assert broken() == []
        db.session.execute(sending.values(lease_until=past - timedelta(minutes=1)))
        assert broken() == ["I4"]


def test_an_act_changed_afterwards_is_noticed(app: Flask) -> None:
    with app.app_context():
        open_process()
        db.session.execute(update(AuditEntry).values(actor="somebody else"))
        assert broken() == ["I7"]


def broken() -> list[str]:
    """The ids of the invariants that do not hold."""
    return [words.split()[0] for words, holds in facts.gather()["invariants"].items() if not holds]
