"""A34: a ballot in flight at the last moment is in the box before the box is closed, and one after it is refused."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from flask import Flask

from app.ballots import keeping
from app.ballots import service as ballots
from app.ballots.errors import VotingClosed
from app.ballots.rules import Counts
from app.core import clock
from app.core.db import db
from app.processes import queries as processes
from app.processes import service
from tests.web.voters import KEY, make_people, open_process

pytestmark = pytest.mark.both_databases


def test_closing_waits_for_the_ballot_in_flight_and_refuses_the_next(app: Flask) -> None:
    with app.app_context():
        process, (voter, late) = open_process(), make_people(2)
        slug, ends_at = process.slug, clock.now() + timedelta(seconds=1)
        service.set_dates("shell", process, ends_at - timedelta(hours=1), ends_at)
        db.session.commit()
    closed: list[Counts] = []

    def close() -> None:
        with app.app_context():
            closed.append(keeping.close_box(processes.get_process(slug)))
            db.session.commit()

    closing = threading.Thread(target=close)
    with app.app_context():
        in_flight, is_new = ballots.enter_roll(slug, voter)
        assert is_new
        time.sleep(1.2)
        closing.start()
        time.sleep(0.5)
        assert not closed, "the box stays open while a ballot is on its way"
        ballots.cast(in_flight, voter, "[1]", KEY)
        db.session.commit()
        db.session.remove()
    closing.join(20)
    assert closed == [Counts(1, 0, 1)]
    with app.app_context():
        with pytest.raises(VotingClosed):
            ballots.enter_roll(slug, late)
        db.session.rollback()
