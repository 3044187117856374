"""Circulars through a real mail server: each reader's copy is what a mail program can read, and nobody gets two."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox, paces, queries, taken, warming
from app.mail.circulars import Circular
from app.mail.letters import Letter, one_line
from app.mail.outbox import Copy, Lane, OutboxMessage
from app.mail.transport import ServerAway
from tests.web.letters import count_by_state
from tests.web.smtp_sink import Sink

LONG = "Où êtes-vous ? " * 40
HOSTILE = [
    "<b>&\"'",
    "Zoé =?utf-8?q?x?= 🌳",
    "a\r\nBcc: eve@example.org",
    ".",
    "--=_civic_1--",
    "é" * 300,
    "",
]


def make_circular(html: bool = True, **more: object) -> int:
    circular = Circular(
        language="fr",
        subject=["Nouvelles de Valclair pour ", "name", ""],
        text=["Bonjour ", "name", f",\n\n{LONG}\n.\nFrom here on\n\nÀ bientôt !  \n"],
        html=["<p>Bonjour ", "name", f",</p>\n<p>{LONG}</p>\n"] if html else [],
        created_at=clock.now(),
        **more,
    )
    db.session.add(circular)
    db.session.flush()
    return circular.id


def send(circular: int, *names: str, **more: str) -> int:
    copies = [
        Copy(f"reader{place}@example.org", f"m{circular}:{place}", {"name": name, **more})
        for place, name in enumerate(names)
    ]
    added = outbox.enqueue_circular(circular, copies, send_at=clock.now())
    db.session.commit()
    return added


def shown(text: str) -> str:
    return text.replace("\r\n", "\n")


def test_every_reader_reads_their_own_name_and_the_same_text(site: Flask, sink: Sink) -> None:
    send(make_circular(), *HOSTILE)
    assert delivery.deliver() == len(HOSTILE)
    assert len(sink.received) == len(HOSTILE)
    for name, (to, mail) in zip(HOSTILE, sink.received, strict=True):
        assert mail.defects == []
        assert [str(one) for one in mail["To"].addresses] == [to]
        assert mail["Subject"] == one_line(f"Nouvelles de Valclair pour {name}")
        assert mail["Bcc"] is None
        plain, html = mail.iter_parts()
        assert shown(plain.get_content()) == shown(
            f"Bonjour {name},\n\n{LONG}\n.\nFrom here on\n\nÀ bientôt !  \n"
        )
        escaped = name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        escaped = escaped.replace('"', "&#34;").replace("'", "&#39;")
        assert shown(html.get_content()) == shown(f"<p>Bonjour {escaped},</p>\n<p>{LONG}</p>\n")
        for part in mail.walk():
            assert all(
                len(line) <= 78 for line in part.as_bytes().splitlines() if not line.startswith(b"Subject")
            )
    assert len({mail["Message-ID"] for _, mail in sink.received}) == len(HOSTILE)


def test_a_circular_without_html_is_one_text(site: Flask, sink: Sink) -> None:
    send(make_circular(html=False), "Zoé")
    delivery.deliver()
    ((_, mail),) = sink.received
    assert (mail.get_content_type(), mail.is_multipart()) == ("text/plain", False)
    assert mail["Content-Language"] == "fr"
    assert mail["Reply-To"].addresses[0].addr_spec == site.config["CIVIC"].contact_email


def test_a_mail_program_can_unsubscribe_with_one_click(site: Flask, sink: Sink) -> None:
    address = "https://participe.valclair.example/fr/letters/stop/abc"
    send(make_circular(), "Zoé", unsubscribe_url=address)
    delivery.deliver()
    ((_, mail),) = sink.received
    assert mail["List-Unsubscribe"] == f"<{address}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_same_reader_is_sent_one_copy(site: Flask, sink: Sink) -> None:
    circular = make_circular()
    assert (send(circular, "Ana", "Eva"), send(circular, "Ana", "Eva", "Zoé")) == (2, 1)
    delivery.deliver()
    assert sorted(to for to, _ in sink.received) == [f"reader{place}@example.org" for place in range(3)]


def test_a_copy_without_its_field_is_refused_and_the_others_leave(site: Flask, sink: Sink) -> None:
    circular = make_circular()
    outbox.enqueue_circular(circular, [Copy("bare@example.org", "bare", {})], send_at=clock.now())
    send(circular, "Ana")
    delivery.deliver()
    rows = db.session.execute(select(OutboxMessage.recipient, OutboxMessage.state))
    states = {recipient: state for recipient, state in rows}
    assert states == {"bare@example.org": "refused", "reader0@example.org": "sent"}


def test_a_paused_circular_waits_and_a_cancelled_one_never_leaves(site: Flask, sink: Sink) -> None:
    circular = make_circular(paused_at=clock.now())
    send(circular, "Ana", "Eva")
    assert delivery.deliver() == 0
    assert outbox.cancel_circular(circular) == 2
    db.session.execute(update(Circular).values(paused_at=None))
    db.session.commit()
    assert (delivery.deliver(), count_by_state()) == (0, {"cancelled": 2})


def test_a_copy_waits_for_its_hour(site: Flask, sink: Sink) -> None:
    later = clock.now() + timedelta(minutes=10)
    outbox.enqueue_circular(make_circular(), [Copy("ana@example.org", "k", {"name": "Ana"})], send_at=later)
    db.session.commit()
    assert (delivery.deliver(), sink.received) == (0, [])


def test_a_line_break_in_an_address_is_refused(site: Flask) -> None:
    with pytest.raises(ValueError, match="one line"):
        outbox.enqueue_circular(make_circular(), [Copy("a@b.c\r\nx", "k", {})], send_at=clock.now())


def test_several_connections_share_the_work_and_send_nothing_twice(site: Flask, sink: Sink) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_connections=4)
    sink.pause_seconds = 0.01
    send(make_circular(), *("Ana" for _ in range(100)))
    assert delivery.deliver() == 100
    assert len(sink.received) == len({to for to, _ in sink.received}) == 100
    assert count_by_state() == {"sent": 100}


def test_one_domain_is_not_rushed_and_another_need_not_wait_for_it(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_per_domain_per_minute=60)
    circular, now = make_circular(), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    crowd = [Copy(f"r{n}@big.example", f"big{n}", {"name": "A"}) for n in range(8)]
    outbox.enqueue_circular(circular, [*crowd, Copy("z@small.example", "z", {"name": "Z"})], send_at=now)
    db.session.commit()
    delivery.deliver()
    first = [to for to, _ in sink.received]
    assert "z@small.example" in first
    assert 1 <= len([to for to in first if to.endswith("@big.example")]) <= 2
    turns = sorted(db.session.scalars(select(OutboxMessage.next_at).where(OutboxMessage.state == "waiting")))
    apart = [(after - before).total_seconds() for before, after in zip(turns, turns[1:], strict=False)]
    assert all(0.99 <= seconds <= 1.01 for seconds in apart), "each has a turn of its own"
    for second in range(1, 9):
        monkeypatch.setattr(clock, "now", lambda second=second: now + timedelta(seconds=second))
        delivery.deliver()
    assert len(sink.received) == 9, "a turn that has come is taken, and not asked for again"


def test_after_a_pause_one_domain_is_not_sent_all_that_waited_at_once(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_per_domain_per_minute=10)
    circular, now = make_circular(), clock.now()
    crowd = [Copy(f"r{n}@crowd.example", f"crowd{n}", {"name": "A"}) for n in range(40)]
    outbox.enqueue_circular(circular, crowd, send_at=now)
    db.session.commit()
    left = []
    for minute in (0, 50, 51, 52, 300, 301):  # the mailing is paused in between
        monkeypatch.setattr(clock, "now", lambda minute=minute: now + timedelta(minutes=minute))
        before = len(sink.received)
        delivery.deliver()
        left.append(len(sink.received) - before)
    assert max(left) <= 2, "the rest have turns of their own"
    for second in range(0, 240, 3):
        then = timedelta(minutes=301, seconds=second)
        monkeypatch.setattr(clock, "now", lambda then=then: now + then)
        delivery.deliver()
    assert len(sink.received) == 40


def test_a_machine_that_is_new_to_a_provider_sends_it_somewhat_more_each_day(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_warm_up=True)
    monkeypatch.setattr(warming, "FIRST_DAY", 5)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)

    def send_at(hours: float) -> int:
        """How many leave at this hour; a process that knows nothing of the day asks the outbox."""
        monkeypatch.setattr(delivery, "_warm_up", warming.WarmUp())
        monkeypatch.setattr(clock, "now", lambda: midnight + timedelta(hours=hours))
        before = len(sink.received)
        while delivery.deliver():
            pass
        assert count_by_state().get("sending", 0) == 0
        return len(sink.received) - before

    monkeypatch.setattr(clock, "now", lambda: midnight)
    crowd = [Copy(f"r{n}@big.example", f"big{n}", {"name": "A"}) for n in range(60)]
    small = [Copy(f"r{n}@small.example", f"small{n}", {"name": "Z"}) for n in range(3)]
    outbox.enqueue_circular(make_circular(), [*crowd, *small], send_at=midnight)
    db.session.commit()
    assert [send_at(hours) for hours in (0.1, 0.2, 23.9)] == [5 + 3, 0, 0]
    assert queries.read_standing().oldest_due_at is None, "that it waits for midnight is no alarm"
    assert [send_at(24 + hours) for hours in (0, 8)] == [10, 0]
    assert [send_at(48), send_at(72)] == [20, 25], "twice the day before, until nobody waits"
    outbox.enqueue(Letter("Notice", "Text.\n"), "r1@big.example", key="notice")
    crowd = [Copy(f"n{n}@big.example", f"new{n}", {"name": "A"}) for n in range(9)]
    outbox.enqueue_circular(make_circular(), crowd, send_at=midnight)
    db.session.commit()
    assert send_at(24 * 40) == 5 + 1, "a month later the machine is new again; a notice does not wait"


def test_mailings_leave_no_faster_than_the_council_says(site: Flask, sink: Sink) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_per_minute=600)
    send(make_circular(), *("Ana" for _ in range(6)))
    begun = clock.now()
    delivery.deliver()
    assert (clock.now() - begun).total_seconds() >= 0.5
    assert db.session.scalar(select(func.count()).where(OutboxMessage.state == "sent")) == 6


class Seconds:
    """Time in the test's hands, for the delivery and for the clock: to sleep is to let it pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.passed, begun = 0.0, clock.now()
        monkeypatch.setattr(delivery, "time", self)
        monkeypatch.setattr(paces, "time", self)
        monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=self.passed))

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


@pytest.mark.parametrize("connections", [1, 4])
def test_at_a_low_pace_no_run_is_long_and_no_copy_leaves_twice(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch, connections: int
) -> None:
    """A run that waits for its turns counts as hung, and its leases run out under it: the same ten would be sent for ever."""
    time, settings = Seconds(monkeypatch), site.config["CIVIC"]
    pace = paces.Pace(1)
    monkeypatch.setattr(delivery, "_pace_of", lambda _per_minute: pace)
    site.config["CIVIC"] = replace(settings, mail_per_minute=1, mail_connections=connections)
    send(make_circular(), *("Ana" for _ in range(12)))
    while time.passed < 295:
        begun = time.passed
        delivery.deliver()
        assert time.passed - begun <= delivery.RUN_SECONDS
        outbox.release()
        db.session.commit()
        assert count_by_state().get("sending", 0) == 0, "a pause and a stop reach those that wait"
        time.passed += 2
    assert len(sink.received) == len({to for to, _ in sink.received}) == 5, "one a minute"


def test_what_was_taken_while_its_lease_ran_out_is_sent(site: Flask, sink: Sink) -> None:
    send(make_circular(), "Ana")
    (leased,) = outbox.claim((Lane.MAILINGS,), 1)
    outbox.release(all_of_them=True)
    outbox.finish_sent([leased.id])
    assert count_by_state() == {"sent": 1}


def test_a_slow_mail_server_ends_the_run_and_nobody_stays_leased(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "RUN_SECONDS", 0.1)
    sink.pause_seconds = 0.08
    send(make_circular(), *("Ana" for _ in range(10)))
    assert 1 <= delivery.deliver() <= 2
    assert count_by_state() == {"sent": len(sink.received), "waiting": 10 - len(sink.received)}


def test_what_the_mail_server_took_is_not_sent_again_after_a_kill(site: Flask, sink: Sink) -> None:
    send(make_circular(), "Ana", "Eva", "Zoé")
    first, second, third = outbox.claim((Lane.MAILINGS,), 3)
    db.session.commit()
    with taken.noting(1) as notes, taken.noting(2) as others:
        notes.add(first.id)
        others.add(third.id)
    with (taken.folder() / "1").open("ab") as file:
        file.write(b"%d" % second.id)  # cut off: it is not known whether the number is whole
    delivery.take_over()
    assert count_by_state() == {"sent": 2, "waiting": 1}
    assert delivery.deliver() == 1
    assert [to for to, _ in sink.received] == [second.recipient]
    assert taken.left_over() == []


def test_a_full_disk_makes_no_letter_leave_twice(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(make_circular(), "Ana", "Eva", "Zoé")

    def write(_descriptor: int, _line: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(os, "write", write)
        with pytest.raises(ServerAway, match="No space left"):
            delivery.deliver()
    assert len(sink.received) == 1
    assert delivery.deliver() == 2
    assert sorted(to for to, _ in sink.received) == [f"reader{place}@example.org" for place in range(3)]


def test_an_address_that_would_break_the_conversation_is_refused(site: Flask, sink: Sink) -> None:
    circular = make_circular()
    bad = (
        "a>@b.example",
        "a b@c.example",
        "ana@exämple.org",
        "no-at.example",
        f"{'x' * 300}@@b.example",
        "a@b<c",
    )
    copies = [Copy(address, address, {"name": "A"}) for address in bad]
    outbox.enqueue_circular(
        circular, [*copies, Copy("ok@[127.0.0.1]", "ok", {"name": "A"})], send_at=clock.now()
    )
    db.session.commit()
    delivery.deliver()
    assert count_by_state() == {"refused": len(bad), "sent": 1}


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_no_to_one_reader_is_no_hindrance_to_the_next(site: Flask, sink: Sink, pipelining: bool) -> None:
    """aiosmtpd does not announce pipelining; a server that does answers three lines at once, and may take a letter to nobody."""
    sink.pipelining = pipelining
    sink.answers |= {"reader1@example.org": "550 No such user", "reader3@example.org": "451 Later"}
    send(make_circular(), *("Ana" for _ in range(5)))
    delivery.deliver()
    assert count_by_state() == {"sent": 3, "refused": 1, "waiting": 1}
    assert len(sink.received) == 3
