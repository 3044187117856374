"""F2: killed (SIGKILL) before each statement of a mailing's steps, it still gives every reader one letter and loses none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import event, func, select

from app.bounces import taking
from app.core import clock
from app.core.db import db
from app.mail import delivery, suppression
from app.mail.outbox import OutboxMessage
from app.sending import copies
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.kills import at_each_statement, die, in_child
from tests.web.readers import again, confirm, draft, reader, states
from tests.web.returned_mail import bounce
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.both_databases

READERS = 3


@pytest.fixture
def site(database_url: str, tmp_path: Path, server: tuple[Sink, Controller]) -> Iterator[Flask]:
    """A site to which letters come back; inside its context."""
    if database_url.startswith("sqlite"):
        pytest.skip(
            "each step is one transaction on both databases; PostgreSQL is the one of several processes"
        )
    more = {"mail_bounces": "bounces@mail.valclair.example", "mail_quiet_hours": ""}
    settings = make_settings(database_url, tmp_path, smtp_port=str(server[1].port), **more)
    with empty_site(settings) as app, app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def committed(site: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], int]:
    """Carries a step out in one process after another; returns how many died before one could end."""
    monkeypatch.setattr(copies, "PORTION", 2)

    def carry_out(step: Callable[[], object]) -> int:
        def work() -> None:
            step()
            db.session.commit()

        db.session.remove()
        return at_each_statement(site, work)

    return carry_out


def count_copies() -> int:
    """Copies in the outbox."""
    return db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_every_reader_gets_one_letter_whatever_step_is_killed_at_whatever_statement(
    site: Flask, sink: Sink, committed: Callable[[Callable[[], object]], int]
) -> None:
    for number in range(READERS):
        reader(f"r{number}@reader.example")
    mailing = draft()
    confirm(mailing)
    mailing.send_at = clock.now()
    db.session.commit()
    number = mailing.id
    killed = committed(lambda: copies.begin(number))
    assert (again(mailing).state, states(mailing), count_copies()) == ("sending", {"chosen": READERS}, 0)
    for number_of_copies in (2, 3):
        killed += committed(lambda: copies.hand_over(number))
        assert count_copies() == number_of_copies
    assert delivery.deliver() == READERS
    killed += committed(lambda: copies.settle(number))
    assert (again(mailing).state, states(mailing)) == ("done", {"sent": READERS})
    assert sorted(to for to, _ in sink.received) == [f"r{n}@reader.example" for n in range(READERS)]
    assert killed > 30, "each statement was a place to die"
    _come_back(site, sink.senders[-1], committed)
    assert states(again(mailing)) == {"sent": READERS - 1, "came-back": 1}


def _come_back(site: Flask, path: str, committed: Callable[[Callable[[], object]], int]) -> None:
    """The last letter comes back, by the folder: its report is taken in once, whenever the taker dies."""
    site.config["CIVIC"] = replace(site.config["CIVIC"], trial=True)  # its folder is not that of this machine
    report = taking.folder() / "new" / "1"
    report.parent.mkdir(parents=True)
    report.write_bytes(bounce(path, "failed", "5.2.2", "552 5.2.2 Mailbox full"))

    def die_before_it_is_removed() -> None:
        event.listen(db.session, "after_commit", die)
        taking.take_from_folder()

    db.session.remove()
    assert in_child(site, die_before_it_is_removed)
    assert report.exists()
    before = find_failures()
    assert before == 1
    assert committed(taking.take_from_folder) > 2
    assert (report.exists(), find_failures()) == (False, 1)
    committed(copies.note_returns)


def find_failures() -> int:
    """How many failures are held against the last reader."""
    row = suppression.find(f"r{READERS - 1}@reader.example")
    return row.soft_failures if row else 0
