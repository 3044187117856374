"""F2: the worker is killed (SIGKILL) again and again while a mailing leaves; a real mail server counts what it gets.

With CIVIC_TEST_LONG=yes 50,000 readers and 100 kills. CIVIC_TEST_SEED repeats the moments of an earlier run, which printed it.
"""

from __future__ import annotations

import os
import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox, taken
from app.mail.circulars import Circular
from app.mail.letters import Letter
from app.mail.outbox import Copy, OutboxMessage
from tests.conftest import make_settings
from tests.long import LONG
from tests.sites import empty_site
from tests.web.site_process import Worker, call
from tests.web.smtp_sink import CountingSink, start_sink

pytestmark = pytest.mark.both_databases

READERS, KILLS = (50_000, 100) if LONG else (1_000, 4)
LOOKS = 10 if LONG else 2
"""At how many of the kills every source is compared, the site's own words too."""
NOTICES = 3
"""Notices written before each life of the worker: they go another way than mailings."""
RESUME_SECONDS = 60
ENDING = b"The end."


@pytest.fixture
def server() -> Iterator[tuple[CountingSink, Controller]]:
    sink = CountingSink(ENDING)
    _, controller = start_sink(sink=sink)
    yield sink, controller
    controller.stop()


@pytest.fixture(params=[1, 4], ids=["one connection", "four connections"])
def site(
    database_url: str,
    tmp_path: Path,
    server: tuple[CountingSink, Controller],
    request: pytest.FixtureRequest,
) -> Iterator[Flask]:
    if database_url.startswith("sqlite"):
        pytest.skip("a mailing of this size is for PostgreSQL; test_worker.py kills on both")
    port = str(server[1].port)
    settings = make_settings(database_url, tmp_path, smtp_port=port, mail_connections=str(request.param))
    with empty_site(settings) as app:
        yield app


@dataclass
class Ordeal:
    """A site, the mail server, and what happened so far."""

    site: Flask
    sink: CountingSink
    connections: int
    written: int = 0
    kills: int = 0
    resumed: list[float] = field(default_factory=list)
    worker: Worker | None = None

    def write_mailing(self, readers: int) -> None:
        with self.site.app_context():
            circular = Circular(
                language="en", subject=["News for ", "name", ""], created_at=clock.now(),
                text=["Dear ", "name", ",\n\nsomething happened.\n\nThe end.\n"], html=[],
            )  # fmt: skip
            db.session.add(circular)
            db.session.flush()
            copies = (
                Copy(
                    f"r{n}@example.org",
                    f"m:{n}",
                    {"name": f"Reader {n}", "unsubscribe_url": f"https://x/{n}"},
                )
                for n in range(readers)
            )
            self.written += outbox.enqueue_circular(circular.id, copies, send_at=clock.now())
            db.session.commit()

    def write_notices(self) -> None:
        with self.site.app_context():
            for _ in range(NOTICES):
                letter = Letter("Your proposal", "It was answered.\n\nThe end.\n")
                outbox.enqueue(letter, f"n{self.written}@example.org", key=f"n:{self.written}")
                self.written += 1
            db.session.commit()

    def live_and_die(self, target: int, moment: float) -> None:
        """A worker, killed some moment after the mail server has had so many letters in all; early in its life if it has."""
        before, begun = self.sink.letters, time.monotonic()
        worker = self.worker = Worker(self.site.config["CIVIC"])
        if target > before:
            self._wait(lambda: self.sink.letters > before)
            self.resumed.append(time.monotonic() - begun)
            self._wait(lambda: self.sink.letters >= target)
            self.compare_alive()
        time.sleep(moment)
        worker.kill()
        self.kills += 1

    def finish(self) -> float:
        """A worker that may live; seconds until everything has left."""
        begun = time.monotonic()
        worker = self.worker = Worker(self.site.config["CIVIC"])
        self._wait(lambda: not ({"waiting", "sending"} & set(self.states().values())), 600)
        took = time.monotonic() - begun
        code, output = worker.stop()
        assert code == 0, output
        return took

    def states(self) -> dict[str, str]:
        """What the outbox says of each address."""
        with self.site.app_context():
            rows = db.session.execute(select(OutboxMessage.recipient, OutboxMessage.state))
            return {recipient: state for recipient, state in rows}

    def compare_alive(self) -> None:
        """While letters leave: what is called sent, the mail server has."""
        with self.site.app_context():
            sent = set(
                db.session.scalars(select(OutboxMessage.recipient).where(OutboxMessage.state == "sent"))
            )
        assert sent <= set(self.sink.ids)

    def compare_dead(self) -> None:
        """No worker lives: outbox, notes and mail server tell one story, but for the letters that were on the wire at a kill."""
        states, arrived = self.states(), set(self.sink.ids)
        sent = {address for address, state in states.items() if state == "sent"}
        leased = {address for address, state in states.items() if state == "sending"}
        with self.site.app_context():
            noted = set(
                db.session.scalars(
                    select(OutboxMessage.recipient).where(OutboxMessage.id.in_(taken.left_over()))
                )
            )
        assert len(states) == self.written
        assert set(states.values()) <= {"waiting", "sending", "sent"}
        assert sent | noted <= arrived, "sent, but the mail server never had it"
        assert len(leased) <= delivery.LARGEST_BATCH * self.connections
        assert noted <= sent | leased
        assert len(arrived - sent - noted) <= self.kills * self.connections

    def compare_words(self) -> None:
        """`civic status` and the officers' page say what the outbox holds."""
        states = list(self.states().values())
        sent, waits = states.count("sent"), len(states) - states.count("sent")
        _, facts = call(self.site.config["CIVIC"], "facts")
        said = facts["outbox"]
        assert (said["sent"], said["waiting"], said["failed"], said["held"]) == (sent, waits, 0, 0)
        assert facts["invariants"]["I4 no letter is stuck"]

    def _wait(self, holds: Callable[[], bool], seconds: float = RESUME_SECONDS) -> None:
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, f"not within {seconds} s: {self}"
            time.sleep(0.005 if seconds == RESUME_SECONDS else 0.3)


@pytest.fixture
def ordeal(site: Flask, server: tuple[CountingSink, Controller]) -> Iterator[Ordeal]:
    """The last worker does not outlive the test, however it ends."""
    found = Ordeal(site, server[0], site.config["CIVIC"].mail_connections)
    yield found
    if found.worker is not None and found.worker.process.poll() is None:
        found.worker.kill()


def test_a_mailing_killed_again_and_again_reaches_everybody_once(ordeal: Ordeal) -> None:
    seed = int(os.environ.get("CIVIC_TEST_SEED", secrets.randbelow(10**6)))
    print(f"CIVIC_TEST_SEED={seed}")
    moments, sink = random.Random(seed), ordeal.sink
    ordeal.write_mailing(READERS)
    targets = sorted(moments.randrange(READERS) for _ in range(KILLS))
    for number, target in enumerate(targets):
        ordeal.write_notices()
        ordeal.live_and_die(target, moments.random() * (0.02 if target > sink.letters else 2))
        if number % (KILLS // LOOKS) == 0:
            ordeal.compare_dead()
            ordeal.compare_words()
    ordeal.compare_dead()
    took = ordeal.finish()
    ordeal.compare_dead()
    ordeal.compare_words()
    doubles = sink.letters - len(sink.ids)
    print({"written": ordeal.written, "kills": ordeal.kills, "lost": ordeal.written - len(sink.ids),
           "doubles": doubles, "longest_resume_seconds": round(max(ordeal.resumed), 1),
           "last_life_seconds": round(took, 1)})  # fmt: skip
    assert set(sink.ids) == set(ordeal.states()), "nobody is left out, and nobody else is written to"
    assert set(ordeal.states().values()) == {"sent"}
    assert sink.cut == 0
    assert doubles <= ordeal.kills * ordeal.connections
    assert all(len(set(found)) == 1 for found in sink.ids.values()), "a double keeps its Message-ID"
    assert max(map(len, sink.ids.values())) <= 1 + ordeal.connections
    assert max(ordeal.resumed) <= RESUME_SECONDS
