"""A mailing on its way: whoever may get it gets it once, whoever may not does not, whatever happens in between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import func, select

from app.core import audit, clock
from app.core.db import ask, db
from app.mail import delivery, held, outbox, suppression
from app.mail.outbox import OutboxMessage
from app.mailings import service
from app.mailings.errors import (
    NotNow,
)
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.models import ContactPoint
from app.people.purposes import BY_KEY
from app.readers import queries
from app.readers.models import Mailing, Recipient
from app.sending import copies, jobs, sifting
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.readers import OFFICER, again, confirm, deliver, draft, let_begin, reader, states
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.both_databases


def test_each_reader_gets_their_own_letter_in_their_language_and_the_numbers_say_so(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address, name, language in (
        ("ana@example.org", "Ana", "es"),
        ("zoe@example.org", "", "fr"),
        ("bo@example.org", "Bo", "en"),
    ):
        reader(address, name=name, language=language)
    mailing = draft()
    confirm(mailing)
    jobs.send()
    assert db.session.scalar(select(func.count()).select_from(OutboxMessage)) == 0, (
        "ten minutes to take it back"
    )
    let_begin(monkeypatch)
    assert states(mailing) == {"handed": 3}
    deliver()
    assert states(mailing) == {"sent": 3}
    assert again(mailing).state == "done"
    letters = {to: mail for to, mail in sink.received}
    assert letters["ana@example.org"]["Subject"] == "Noticias de Valclair"
    plain, html = letters["ana@example.org"].iter_parts()
    assert "Hola Ana," in plain.get_content()
    assert "<strong>hasta pronto</strong>" in html.get_content()
    assert "Boletín" in plain.get_content(), "it says why one gets it"
    assert "Bonjour voisine," in next(letters["zoe@example.org"].iter_parts()).get_content()
    for to, mail in letters.items():
        stop = mail["List-Unsubscribe"].strip("<>")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for part in mail.iter_parts():
            assert stop in part.get_content(), to
    assert len({mail["List-Unsubscribe"] for mail in letters.values()}) == 3
    assert audit.find_break() is None


def test_whoever_may_not_be_written_to_is_counted_by_reason_and_gets_nothing(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("yes@example.org")
    reader("no@example.org", wants=False)
    reader("unconfirmed@example.org", confirmed=False)
    bare = people.open_without_address("en")
    consent.give(bare.id, BY_KEY["newsletter"], Way("desk", "en", "person:1"))
    other = reader("other@example.org", wants=False)
    consent.give(other, BY_KEY["invitations"], Way("page", "en"))
    gone = reader("closed@example.org")
    people.disable(people.get_person(gone), "shell")
    reader("bounced@example.org")
    reader("late@example.org")
    suppression.suppress("bounced@example.org", "hard", "550 No such user")
    mailing = draft()
    run = sifting.try_out(mailing)
    assert (run.total, run.number) == (7, 2)
    assert dict(run.left_out) == {"no-consent": 2, "unconfirmed": 1, "no-address": 1, "suppressed": 1}
    assert [one.address for one in run.samples["unconfirmed"]] == ["unconfirmed@example.org"]
    confirm(mailing)
    let_begin(monkeypatch)
    suppression.suppress("late@example.org", "complaint")
    db.session.commit()
    delivery.deliver()
    for _ in ("before it is noted", "after"):
        why = {"no-consent": 2, "unconfirmed": 1, "no-address": 1, "suppressed": 2}
        assert states(mailing) == {"sent": 1, **why}
        jobs.settle()
    assert [to for to, _ in sink.received] == ["yes@example.org"]
    way = queries.funnel(mailing.id)
    assert (way.chosen, way.allowed, way.taken, way.waiting) == (7, 1, 1, 0)


@pytest.mark.parametrize("when", ["before it begins", "between portions", "in the outbox"])
def test_a_consent_taken_back_at_any_moment_before_the_letter_leaves_holds(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    numbers = [reader(f"r{n}@example.org") for n in range(3)]

    def take_back() -> None:
        consent.withdraw(numbers[2], BY_KEY["newsletter"], Way("page", "en"))
        db.session.commit()

    mailing = draft()
    confirm(mailing)
    monkeypatch.setattr(copies, "PORTION", 1)
    if when == "before it begins":
        take_back()
    if when == "between portions":
        later = clock.now() + timedelta(minutes=11)
        with monkeypatch.context() as ahead:
            ahead.setattr(clock, "now", lambda: later)
            copies.begin(mailing.id)
            assert copies.hand_over(mailing.id) == 1
            db.session.commit()
        take_back()
    let_begin(monkeypatch)
    if when == "in the outbox":
        assert states(mailing) == {"handed": 3}
        take_back()
    deliver()
    assert sorted(to for to, _ in sink.received) == ["r0@example.org", "r1@example.org"]
    assert states(mailing) == {"sent": 2, "no-consent": 1}
    assert again(mailing).state == "done"


@pytest.mark.parametrize("what", ["said no", "closed"])
def test_no_letter_leaves_to_whoever_left_while_their_copy_was_being_written(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Whoever says no does not see the portion that is being written, nor does that portion see their no."""
    if db.engine.dialect.name == "sqlite" and what == "said no":
        pytest.skip(
            "one writes at a time: their no waits until the portion is there, and takes the copy back"
        )
    reader("stays@example.org")
    leaves = reader("leaves@example.org")
    mailing = draft()
    confirm(mailing)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    copies.begin(mailing.id)
    db.session.commit()
    assert copies.hand_over(mailing.id) == 2

    def leave() -> None:
        with site.app_context():
            consent.withdraw(leaves, BY_KEY["newsletter"], Way("one-click", "en"))
            db.session.commit()

    if what == "said no":
        other = Thread(target=leave)
        other.start()
        other.join(20)
        assert not other.is_alive()
    db.session.commit()
    if what == "closed":
        people.disable(people.get_person(leaves), "shell")
        db.session.commit()
    assert states(mailing) == {"handed": 2}
    deliver()
    assert [to for to, _ in sink.received] == ["stays@example.org"]
    assert states(mailing) == {"sent": 1, "no-consent": 1}
    assert again(mailing).state == "done"


def test_nothing_is_sent_twice_when_the_worker_is_killed_between_any_two_steps(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before a commit, the step is done again as a whole; after it, the next one goes on; a second copy is the same."""
    for n in range(7):
        reader(f"r{n}@example.org")
    mailing = draft()
    confirm(mailing)
    monkeypatch.setattr(copies, "PORTION", 2)
    at = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: at)
    for step in (copies.begin, *[copies.hand_over] * 4):
        step(mailing.id)
        db.session.rollback()
        step(mailing.id)
        db.session.commit()
        delivery.deliver()
    db.session.execute(Recipient.__table__.update().values(state="chosen"))
    db.session.commit()
    jobs.send()
    deliver()
    assert sorted(to for to, _ in sink.received) == [f"r{n}@example.org" for n in range(7)]
    assert states(mailing) == {"sent": 7}


def test_a_mailing_pauses_goes_on_and_stops(site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(6):
        reader(f"r{n}@example.org")
    mailing = draft()
    confirm(mailing)
    monkeypatch.setattr(copies, "PORTION", 2)
    at = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: at)
    copies.begin(mailing.id)
    copies.hand_over(mailing.id)
    db.session.commit()
    service.pause(OFFICER, again(mailing))
    db.session.commit()
    jobs.send()
    assert (delivery.deliver(), states(mailing)) == (0, {"handed": 2, "chosen": 4})
    service.pause(OFFICER, again(mailing), is_paused=False)
    copies.hand_over(mailing.id)
    db.session.commit()
    deliver()
    assert states(mailing) == {"sent": 4, "chosen": 2}
    copies.hand_over(mailing.id)
    db.session.commit()
    assert service.stop(OFFICER, again(mailing)) == 2
    db.session.commit()
    jobs.send()
    deliver()
    assert len(sink.received) == 4
    assert states(mailing) == {"sent": 4, "stopped": 2}
    assert again(mailing).state == "stopped"
    for act in (service.stop, service.pause, service.take_back):
        with pytest.raises(NotNow):
            act(OFFICER, again(mailing))
        db.session.rollback()


def test_nothing_leaves_in_hours_of_quiet(
    database_url: str, tmp_path: Path, server: tuple[Sink, Controller], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = make_settings(
        database_url, tmp_path, smtp_port=str(server[1].port), mail_quiet_hours="21:00-07:00"
    )
    night = datetime(2026, 7, 1, 19, 30, tzinfo=UTC)  # 21:30 in Paris
    with empty_site(settings) as app, app.app_context():
        with monkeypatch.context() as at:
            at.setattr(clock, "now", lambda: night - timedelta(hours=1))
            reader("r0@example.org")
            mailing = draft()
            confirm(mailing)
            assert again(mailing).send_at == night - timedelta(minutes=50)
            service.take_back(OFFICER, again(mailing))
        with monkeypatch.context() as at:
            at.setattr(clock, "now", lambda: night - timedelta(minutes=35))
            confirm(again(mailing))
            assert again(mailing).send_at == datetime(2026, 7, 2, 5, 0, tzinfo=UTC), (
                "in ten minutes it is quiet"
            )
            again(mailing).send_at = night - timedelta(minutes=31)
            db.session.commit()
            at.setattr(clock, "now", lambda: night - timedelta(minutes=31))
            jobs.send()
            assert states(mailing) == {"handed": 1}
            at.setattr(clock, "now", lambda: night)
            jobs.send()
            assert delivery.deliver() == 0
            for is_paused in (True, False):  # an officer presses "Go on" at night
                service.pause(OFFICER, again(mailing), is_paused=is_paused)
                db.session.commit()
            assert delivery.deliver() == 0, "nor before the worker has looked at the hour again"
            at.setattr(clock, "now", lambda: night + timedelta(hours=10))
            jobs.send()
            deliver()
            assert states(mailing) == {"sent": 1}


def test_a_restored_site_does_not_go_on_with_mailings_by_itself(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("r0@example.org")
    mailing = draft()
    confirm(mailing)
    held.hold()
    db.session.commit()
    let_begin(monkeypatch, 60)
    deliver()
    assert (again(mailing).state, sink.received) == ("scheduled", [])
    service.pause(OFFICER, again(mailing), is_paused=False)
    db.session.commit()
    jobs.send()
    deliver()
    assert len(sink.received) == 1


def test_hostile_names_and_addresses_neither_break_a_letter_nor_hold_up_the_others(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {
        "a": "<b>&\"'{{7*7}}{name|x}", "b": "Zoé =?utf-8?q?x?= 🌳", "c": "x\r\nBcc: eve@example.org", "d": "%(num)s {site}",
    }  # fmt: skip
    for local in names:
        reader(f"{local}@example.org")
    for person in db.session.scalars(select(ContactPoint)):
        person.person.display_name = names[person.address[0]]
    long = reader("long@example.org")
    point = db.session.scalar(select(ContactPoint).where(ContactPoint.person_id == long))
    assert point
    point.address = "é" * 300 + "@example.org"
    db.session.commit()
    text = {"en": {"subject": "For {name|you}", "body": "Dear {name|you}, {name|you}!"}}
    mailing = draft(texts=text)
    confirm(mailing)
    let_begin(monkeypatch)
    deliver()
    assert states(mailing) == {"sent": 4, "no-address": 1}
    for to, mail in sink.received:
        name = names[to[0]]
        assert mail["Bcc"] is None
        assert mail["Subject"] == " ".join(f"For {name}".split())
        plain, html = mail.iter_parts()
        said = " ".join(f"Dear {name}, {name}!".split())
        assert said in " ".join(plain.get_content().split())
        assert "<b>" not in html.get_content()


def test_what_became_of_each_reader_is_told_with_the_word_of_the_mail_server(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink.answers["r1@example.org"] = "550 <r1@example.org>: No such user"
    numbers = [reader(f"r{n}@example.org") for n in range(3)]
    mailing = draft()
    confirm(mailing)
    let_begin(monkeypatch)
    delivery.deliver()
    for is_settled in (False, True):
        if is_settled:
            jobs.settle()
            outbox_rows = OutboxMessage.__table__.delete()
            db.session.execute(outbox_rows)
            db.session.commit()
        assert states(mailing) == {"sent": 2, "refused": 1}, is_settled
        (fate,) = queries.list_fates(mailing.id, "refused")
        assert (fate.person_id, fate.answer) == (numbers[1], "550 <…>: No such user"), "without the address"
        assert len(queries.list_fates(mailing.id, "sent")) == 2
    assert db.session.scalar(select(Mailing.state)) == "done"


def test_a_letter_that_comes_back_after_it_was_taken_is_told_even_when_the_mailing_is_over(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        reader(f"r{n}@example.org")
    mailing = draft()
    confirm(mailing)
    let_begin(monkeypatch)
    deliver()
    assert (again(mailing).state, queries.count_under_way()["under_way"]) == ("done", 0)
    numbers = dict(ask(select(OutboxMessage.recipient, OutboxMessage.id)).all())
    outbox.note_outcome(numbers["r1@example.org"], "bounced", "550 5.1.1 gone")
    outbox.note_outcome(numbers["r2@example.org"], "complained", "abuse")
    assert (copies.note_returns(), copies.note_returns()) == (2, 0)
    db.session.commit()
    assert states(mailing) == {"sent": 1, "came-back": 1, "complained": 1}
    assert [one.answer for one in queries.list_fates(mailing.id, "complained")] == ["abuse"]
    (fate,) = queries.list_fates(mailing.id, "came-back")
    assert fate.answer == "550 5.1.1 gone"
    way = queries.funnel(mailing.id)
    assert (way.taken, way.failed) == (3, 1)
