"""F3: a mail server that storms, hangs up, refuses or is away for hours; outbox and mail server agree when it is over."""

from __future__ import annotations

import random
import secrets
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import func, select

from app import facts
from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox
from app.mail.circulars import Circular
from app.mail.letters import Letter
from app.mail.outbox import Copy, Lane, OutboxMessage
from app.mail.transport import ServerAway
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.smtp_sink import Sink, start_sink

LONGEST_WAIT = timedelta(minutes=15)
CODE_LIFE = timedelta(minutes=15)


class Storm(Sink):
    """A mail server that answers by lot: the chances of a 421, of a 451; who is in `gone` is refused for good."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.lots = random.Random(seed)
        self.busy = self.later = 0.0
        self.gone: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        drawn = self.lots.random()
        if drawn < self.busy:
            self.tried[address] += 1
            return "421 Too busy, closing"
        if drawn < self.busy + self.later:
            self.tried[address] += 1
            return "451 Not now"
        if address in self.gone:
            self.tried[address] += 1
            return "550 No such reader"
        return await super().handle_RCPT(server, session, envelope, address, options)


class Hands:
    """The clock in the test's hands."""

    def __init__(self) -> None:
        self.at = datetime.now(tz=clock.now().tzinfo)

    def turn(self, by: timedelta) -> None:
        self.at += by


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    found = Hands()
    monkeypatch.setattr(clock, "now", lambda: found.at)
    return found


@pytest.fixture
def server() -> Iterator[tuple[Storm, Controller]]:
    seed = secrets.randbelow(10**6)
    print(f"seed {seed}")
    sink = Storm(seed)
    _, controller = start_sink(sink=sink)
    yield sink, controller
    controller.stop()


@pytest.fixture
def storm(server: tuple[Storm, Controller]) -> Storm:
    return server[0]


@pytest.fixture
def site(
    database_url: str, tmp_path: Path, server: tuple[Storm, Controller], hands: Hands
) -> Iterator[Flask]:
    settings = make_settings(database_url, tmp_path, smtp_port=str(server[1].port), mail_connections="2")
    with empty_site(settings) as app, app.app_context():
        yield app


def write_mailing(readers: int) -> list[str]:
    """A mailing to so many; their addresses."""
    circular = Circular(
        language="en",
        subject=["News"],
        text=["Dear ", "name", ",\n\nnews.\n"],
        html=[],
        created_at=clock.now(),
    )
    db.session.add(circular)
    db.session.flush()
    addresses = [f"r{n}@example.org" for n in range(readers)]
    copies = [Copy(address, f"m:{address}", {"name": address}) for address in addresses]
    outbox.enqueue_circular(circular.id, copies, send_at=clock.now())
    db.session.commit()
    return addresses


def write_code(number: int) -> str:
    """Somebody asks for a code; their address."""
    address = f"code{number}@example.org"
    until = clock.now() + CODE_LIFE
    outbox.enqueue(Letter("Your code", "123456\n"), address, key=address, lane=Lane.CODES, secret_until=until)
    db.session.commit()
    return address


def run() -> int:
    """Both jobs once, as the worker runs them; how many of the two met a server that is away."""
    away = 0
    for job in (delivery.deliver_codes, delivery.deliver):
        try:
            job()
        except ServerAway:
            away += 1
    return away


def states() -> dict[str, str]:
    db.session.rollback()
    rows = db.session.execute(select(OutboxMessage.recipient, OutboxMessage.state))
    return {recipient: state for recipient, state in rows}


def check_waits() -> None:
    """Nobody waits longer than a quarter of an hour for the next attempt, and nobody's letter is stuck."""
    db.session.rollback()
    latest = db.session.scalar(
        select(func.max(OutboxMessage.next_at)).where(OutboxMessage.state == "waiting")
    )
    assert latest is None or latest - clock.now() <= LONGEST_WAIT
    assert "sending" not in states().values()


def received(sink: Sink) -> Counter[str]:
    return Counter(to for to, _ in sink.received)


def drain(hands: Hands, most_rounds: int = 60) -> None:
    """A round each quarter of an hour until nothing waits."""
    for _ in range(most_rounds):
        if "waiting" not in states().values():
            return
        hands.turn(LONGEST_WAIT)
        run()
    raise AssertionError(f"still waiting: {Counter(states().values())}")


def test_a_storm_of_421_and_451_with_hard_refusals_ends_with_everybody_written_to_once(
    site: Flask, storm: Storm, hands: Hands
) -> None:
    readers = write_mailing(200)
    storm.gone = set(readers[::20])  # 5 %
    storm.busy, storm.later = 0.1, 0.3
    codes = []
    for number in range(12):
        codes.append(write_code(number))
        run()
        check_waits()
        hands.turn(timedelta(minutes=2))
    in_storm = Counter(storm.tried)
    assert {"waiting", "sent", "refused"} <= set(states().values()), "the storm left something to do"
    storm.busy = storm.later = 0.0
    drain(hands)
    found = states()
    expected = {address: "refused" if address in storm.gone else "sent" for address in readers}
    assert {address: found[address] for address in readers} == expected
    assert {found[address] for address in codes} <= {"sent", "expired"}
    assert received(storm) == Counter(address for address, state in found.items() if state == "sent")
    told = facts.gather()["outbox"]
    assert (told["sent"], told["failed"], told["waiting"]) == (len(storm.received), len(storm.gone), 0)
    refused = sum(storm.tried[address] for address in storm.gone)
    run()
    assert sum(storm.tried[address] for address in storm.gone) == refused, "a hard no is not asked again"
    assert max(in_storm.values()) > 1


@pytest.mark.parametrize(("closes", "doubles"), [("half-way", 0), ("unanswered", 1)])
def test_a_server_that_hangs_up_within_a_letter_gets_it_again_with_the_same_number(
    site: Flask, storm: Storm, hands: Hands, closes: str, doubles: int
) -> None:
    """After the whole letter nobody can know whether it was taken: better twice than never, and once for each hanging up."""
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_connections=1)
    readers = write_mailing(20)
    storm.closes = closes
    for _ in range(3):
        assert run() == 1
        check_waits()
    assert states() == dict.fromkeys(readers, "waiting")
    storm.closes = ""
    drain(hands)
    assert states() == dict.fromkeys(readers, "sent")
    assert set(received(storm)) == set(readers)
    assert len(storm.received) == 20 + 3 * doubles
    numbers: dict[str, set[str]] = {}
    for to, mail in storm.received:
        numbers.setdefault(to, set()).add(mail["Message-ID"])
    assert all(len(found) == 1 for found in numbers.values())


def test_one_letter_that_makes_the_server_hang_up_does_not_keep_the_others(
    site: Flask, storm: Storm, hands: Hands
) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_connections=1)
    readers = write_mailing(30)
    storm.answers[readers[0]] = "421 I choke on this one"
    for _ in range(4):
        with suppress(ServerAway):
            delivery.deliver()
        hands.turn(timedelta(seconds=1))
    assert Counter(states().values()) == {"sent": 29, "waiting": 1}


def test_six_hours_away_lose_nothing_and_the_backlog_leaves_at_the_councils_pace(
    site: Flask, server: tuple[Storm, Controller], hands: Hands
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    per_minute = 1800
    settings = replace(site.config["CIVIC"], smtp_port=port, mail_per_minute=per_minute)
    site.config["CIVIC"] = settings
    readers, codes = write_mailing(90), []
    for step in range(72):  # every five minutes
        if step % 6 == 0:
            codes.append(write_code(step))
        assert run() >= 1, "the mail server is away"
        check_waits()
        hands.turn(timedelta(minutes=5))
    run()
    assert {states()[address] for address in codes} == {"expired"}
    assert {states()[address] for address in readers} == {"waiting"}
    assert facts.gather()["outbox"]["oldest_waiting_seconds"] == 6 * 3600
    fresh = write_code(999)
    hands.turn(timedelta(seconds=1))
    sink, controller = start_sink(port)
    try:
        begun = time.monotonic()
        assert run() == 0
        took = time.monotonic() - begun
        hands.turn(LONGEST_WAIT)
        run()
    finally:
        controller.stop()
    assert sink.received[0][0] == fresh, "a code overtakes the backlog"
    assert received(sink) == Counter([*readers, fresh]), "everybody once, and no code that is over"
    most = sum(states()[address] == "sent" for address in readers) / per_minute * 60
    print(f"{took:.1f} s for a backlog that may take {most:.1f} s")
    assert took <= most * 1.5 + 2
