"""The outbox and delivery through a real SMTP server: nothing lost, codes first, codes never late (guarantees A07, F3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core import clock
from app.core.db import db
from app.mail import away, delivery, held, letters, outbox
from app.mail.circulars import Circular
from app.mail.jobs import JOBS
from app.mail.letters import Letter
from app.mail.outbox import Copy, Lane, OutboxMessage
from app.mail.transport import ServerAway
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.both_databases

HELLO = Letter("Votre code – Valclair", "Bonjour Zoé,\n\nvoici l'œuvre.\n")


def _put(address: str, lane: Lane = Lane.NOTICES, **more: object) -> None:
    outbox.enqueue(HELLO, address, key=f"test:{address}", lane=lane, **more)  # type: ignore[arg-type]
    db.session.commit()


def _all() -> dict[str, OutboxMessage]:
    db.session.expire_all()
    return {message.recipient: message for message in db.session.scalars(select(OutboxMessage))}


def _make_due() -> None:
    db.session.execute(update(OutboxMessage).values(next_at=clock.now() - timedelta(seconds=1)))
    db.session.commit()


def test_a_letter_arrives_as_it_was_written(site: Flask, sink: Sink) -> None:
    _put("ana@example.org")
    assert delivery.deliver() == 1
    (to, mail) = sink.received[0]
    assert (to, mail["Subject"]) == ("ana@example.org", HELLO.subject)
    assert mail.get_content().replace("\r\n", "\n") == HELLO.text
    assert mail["From"].addresses[0].addr_spec == "civic@participe.valclair.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"] == _all()["ana@example.org"].message_id
    assert delivery.deliver() == 0


def test_the_same_key_is_the_same_letter(site: Flask, sink: Sink) -> None:
    _put("ana@example.org")
    _put("ana@example.org")
    delivery.deliver()
    assert len(sink.received) == 1


def test_a_letter_of_a_transaction_that_failed_is_never_sent(site: Flask, sink: Sink) -> None:
    outbox.enqueue(HELLO, "ana@example.org", key="k")
    db.session.rollback()
    assert delivery.deliver() == 0


def test_codes_have_a_way_of_their_own_and_notices_overtake_mailings(site: Flask, sink: Sink) -> None:
    for number in range(25):
        _put(f"reader{number}@example.org", Lane.MAILINGS)
    _put("eva@example.org")
    _put("ana@example.org", Lane.CODES)
    delivery.deliver()
    assert sink.received[0][0] == "eva@example.org"
    assert len(sink.received) == 26
    assert delivery.deliver_codes() == 1
    assert sink.received[-1][0] == "ana@example.org"


def test_a_code_that_has_expired_is_not_sent_and_not_kept(site: Flask, sink: Sink) -> None:
    _put("ana@example.org", Lane.CODES, secret_until=clock.now() - timedelta(seconds=1))
    assert delivery.deliver_codes() == 0
    message = _all()["ana@example.org"]
    assert (message.state, message.text, sink.received) == ("expired", "", [])


def test_the_text_of_a_code_is_wiped_once_sent(site: Flask, sink: Sink) -> None:
    _put("ana@example.org", Lane.CODES, secret_until=clock.now() + timedelta(minutes=15))
    delivery.deliver_codes()
    message = _all()["ana@example.org"]
    assert (message.state, message.text) == ("sent", "")


@pytest.mark.parametrize("answer", ["550 No such user", "553 Not allowed"])
def test_an_address_that_does_not_exist_is_never_tried_again(site: Flask, sink: Sink, answer: str) -> None:
    sink.answers["gone@example.org"] = answer
    _put("gone@example.org")
    _put("ana@example.org")
    delivery.deliver()
    _make_due()
    delivery.deliver()
    assert _all()["gone@example.org"].state == "refused"
    assert answer[:3] in _all()["gone@example.org"].answer
    assert (sink.tried["gone@example.org"], len(sink.received)) == (1, 1)


def test_not_now_means_later_but_never_later_than_a_quarter_of_an_hour(site: Flask, sink: Sink) -> None:
    sink.answers["full@example.org"] = "451 Try again"
    _put("full@example.org")
    for _ in range(9):
        delivery.deliver()
        message = _all()["full@example.org"]
        assert message.state == "waiting"
        assert timedelta(0) < message.next_at - clock.now() <= timedelta(minutes=15)
        _make_due()
    sink.answers.clear()
    delivery.deliver()
    assert _all()["full@example.org"].state == "sent"


def test_a_server_that_closes_or_hangs_loses_no_letter(site: Flask, sink: Sink) -> None:
    for number in range(5):
        _put(f"reader{number}@example.org")
    sink.answers["*"] = "421 Too busy"
    with pytest.raises(ServerAway):
        delivery.deliver()
    assert {message.state for message in _all().values()} == {"waiting"}
    sink.answers.clear()
    sink.hang_seconds = 2.0
    _make_due()
    with pytest.raises(ServerAway):
        delivery.deliver(taking_seconds=0.5)
    assert {message.state for message in _all().values()} == {"waiting"}
    sink.hang_seconds = 0.0
    _make_due()
    delivery.deliver()
    assert {message.state for message in _all().values()} == {"sent"}
    ids: dict[str, set[str]] = {}
    for to, mail in sink.received:
        ids.setdefault(to, set()).add(mail["Message-ID"])
    assert len(ids) == 5
    assert all(len(found) == 1 for found in ids.values()), "a letter sent twice keeps its Message-ID"


def test_a_server_that_looks_at_a_letter_for_long_gets_it_once(site: Flask, sink: Sink) -> None:
    sink.pause_seconds = 0.8
    _put("ana@example.org")
    _put("eva@example.org", Lane.MAILINGS)
    assert delivery.deliver(reply_seconds=0.5) == 2
    assert len(sink.received) == 2


def test_a_letter_that_is_never_answered_is_given_up_in_the_end(site: Flask, sink: Sink) -> None:
    """Each attempt may have arrived: without an end its reader would get it four times an hour for ever."""
    sink.hang_seconds = 0.5
    _put("ana@example.org")
    for days, state in ((0, "waiting"), (3, "refused")):
        old = {"created_at": clock.now() - timedelta(days=days), "attempts": 100 * days}
        db.session.execute(update(OutboxMessage).values(old))
        _make_due()
        with pytest.raises(ServerAway):
            delivery.deliver(taking_seconds=0.1)
        assert _all()["ana@example.org"].state == state
    _make_due()
    assert delivery.deliver() == 0


def test_a_server_that_does_not_say_good_bye_is_not_away(site: Flask, sink: Sink) -> None:
    sink.closes = "at the end"
    _put("ana@example.org")
    assert delivery.deliver() == 1
    assert away.find_since() is None
    assert _all()["ana@example.org"].state == "sent"


def test_a_copy_that_waited_for_days_is_as_new_when_it_is_tried(site: Flask, sink: Sink) -> None:
    """A pause of five days, then a server that greylists: its first "not now" is no reason to give up."""
    long_ago = clock.now() - timedelta(days=5)
    text = {"subject": ["News"], "text": ["News.\n"], "html": []}
    circular = Circular(language="en", created_at=long_ago, **text)
    db.session.add(circular)
    db.session.flush()
    outbox.enqueue_circular(circular.id, [Copy("ana@example.org", "k", {})], send_at=long_ago)
    db.session.commit()
    sink.answers["*"] = "451 4.7.1 Greylisted"
    delivery.deliver()
    assert _all()["ana@example.org"].state == "waiting"
    sink.answers.clear()
    _make_due()
    delivery.deliver()
    assert abs(clock.now() - sink.received[0][1]["Date"].datetime) < timedelta(minutes=1)


def test_a_letter_is_written_in_seven_bits(site: Flask, sink: Sink) -> None:
    _put("ana@example.org")
    delivery.deliver()
    ((_, mail),) = sink.received
    assert mail["Content-Transfer-Encoding"] in ("quoted-printable", "base64")
    assert mail.as_bytes().isascii()


def test_a_slow_answer_ends_neither_the_lease_nor_the_worker() -> None:
    """The run that waits for it is no hang (its limit, then 60 s of systemd's watchdog), and nobody else has its letters."""
    jobs = {job.name: job.limit_seconds for job in JOBS}
    letters_limit, codes_limit = jobs["deliver letters"], jobs["deliver codes"]
    assert letters_limit > delivery.RUN_SECONDS + delivery.TAKING_SECONDS + 5 * delivery.REPLY_SECONDS
    assert codes_limit > delivery.RUN_SECONDS + delivery.CODE_TAKING_SECONDS + delivery.REPLY_SECONDS
    assert letters_limit + 60 < outbox.LEASE.total_seconds()


def test_a_server_that_is_down_keeps_everything(site: Flask) -> None:
    _put("ana@example.org")
    site.config["CIVIC"] = replace(site.config["CIVIC"], smtp_port=9)
    with pytest.raises(ServerAway):
        delivery.deliver()
    kept = _all()["ana@example.org"]
    assert (kept.state, kept.attempts) == ("waiting", 0), (
        "no attempt at the letter: it is not given up for it"
    )
    assert "refused" in kept.answer


@pytest.mark.parametrize("bad", ["ana@example.org\r\nBcc: x@y.example", "a\nb@example.org", ""])
def test_a_line_break_in_a_header_is_refused(site: Flask, bad: str) -> None:
    with pytest.raises(ValueError, match="one line"):
        outbox.enqueue(HELLO, bad, key="k")
    with pytest.raises(ValueError, match="one line"):
        outbox.enqueue(Letter(bad, "text"), "ana@example.org", key="k")


def test_two_that_claim_at_once_get_different_letters(site: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer: the second waits for the first")
    for number in range(4):
        _put(f"reader{number}@example.org")
    first = {message.id for message in outbox.claim((Lane.NOTICES,), 2)}
    with site.app_context():
        second = {message.id for message in outbox.claim((Lane.NOTICES,), 4)}
        db.session.rollback()
    assert len(first) == 2
    assert len(second) == 2
    assert not first & second


def test_a_lease_that_ran_out_is_taken_over(site: Flask, sink: Sink) -> None:
    _put("ana@example.org")
    assert len(outbox.claim((Lane.NOTICES,), 5)) == 1
    db.session.commit()
    assert delivery.deliver() == 0
    db.session.execute(update(OutboxMessage).values(lease_until=clock.now() - timedelta(seconds=1)))
    db.session.commit()
    assert delivery.deliver() == 1


def test_a_letter_that_cannot_be_written_does_not_hold_up_the_others(site: Flask, sink: Sink) -> None:
    _put("ana@exämple.org")
    _put("ben@example.org")
    assert delivery.deliver() == 2
    assert _all()["ana@exämple.org"].state == "refused"
    assert [to for to, _ in sink.received] == ["ben@example.org"]


def test_a_letter_in_a_language_that_the_site_has_dropped_is_in_its_first_one(site: Flask) -> None:
    until = clock.now()
    letter = letters.write("sign_in/mail/invitation.txt", "xx", url="https://x.example/", expires_at=until)
    assert letter == letters.write(
        "sign_in/mail/invitation.txt", "fr", url="https://x.example/", expires_at=until
    )
    assert "Valclair" in letter.subject
    assert (
        letter.subject != letters.write("sign_in/mail/invitation.txt", "en", url="", expires_at=until).subject
    )


def test_of_a_notice_delivered_only_the_day_is_kept(app: Flask) -> None:
    """Otherwise "your vote is recorded" would tell the second of a vote, where the roll tells the day (A37)."""
    with app.app_context():
        for lane in (Lane.NOTICES, Lane.MAILINGS):
            outbox.enqueue(Letter("News", "Something happened.\n"), "a@example.org", key=lane.name, lane=lane)
        for message in outbox.claim(Lane, 5):
            outbox.finish(message, "sent")
        db.session.commit()
        kept = {row.key: row for row in db.session.scalars(select(OutboxMessage))}
    midnight = kept["NOTICES"].done_at.replace(hour=0, minute=0, second=0, microsecond=0)  # type: ignore[union-attr]
    assert kept["NOTICES"].created_at == kept["NOTICES"].next_at == kept["NOTICES"].done_at == midnight
    assert kept["MAILINGS"].done_at != midnight


def test_a_restored_outbox_sends_nothing_until_told_and_what_is_written_later_leaves(
    site: Flask, sink: Sink
) -> None:
    _put("ana@example.org")
    _put("eva@example.org")
    outbox.claim((Lane.NOTICES,), 1)
    db.session.commit()
    _put("code@example.org", secret_until=clock.now() + timedelta(seconds=1))
    assert held.hold() == held.hold() == 3
    db.session.commit()
    outbox.release(all_of_them=True)  # as the worker does when it starts
    _put("late@example.org")
    delivery.deliver()
    assert [address for address, _ in sink.received] == ["late@example.org"]
    db.session.execute(
        update(OutboxMessage)
        .where(OutboxMessage.secret.is_(True))
        .values(expires_at=clock.now() - timedelta(seconds=1))
    )
    old = clock.now() - delivery.GIVE_UP - timedelta(days=1)
    db.session.execute(update(OutboxMessage).where(OutboxMessage.state == "waiting").values(created_at=old))
    outbox.expire()
    assert (held.resume(), held.resume(), held.count()) == (2, 0, 0)
    db.session.commit()
    sink.answers["ana@example.org"] = "451 Not now"
    delivery.deliver()
    states = {name.partition("@")[0]: message.state for name, message in _all().items()}
    assert states == {"ana": "waiting", "eva": "sent", "code": "expired", "late": "sent"}


def test_held_letters_can_be_dropped(site: Flask, sink: Sink) -> None:
    _put("ana@example.org")
    held.hold()
    _put("late@example.org")
    assert (held.drop(), held.drop()) == (1, 0)
    db.session.commit()
    delivery.deliver()
    dropped = _all()["ana@example.org"]
    assert (dropped.state, dropped.text) == ("cancelled", "")
    assert [address for address, _ in sink.received] == ["late@example.org"]


def test_a_clone_sends_nothing_at_all(site: Flask, sink: Sink) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_held=True)
    _put("ana@example.org")
    _put("code@example.org", secret_until=clock.now() - timedelta(seconds=1))
    delivery.deliver()
    assert (held.count(), held.resume(), len(sink.received)) == (1, 0, 0)
    assert _all()["code@example.org"].state == "expired"
