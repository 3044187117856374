"""The second step: what is sent is what an officer saw, once, and it can be taken back."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox
from app.mail.letters import writing_in
from app.mail.outbox import OutboxMessage
from app.mailings import checks, service
from app.mailings.errors import (
    GrownMeanwhile,
    MailingChanged,
    NobodyToWriteTo,
    NotNow,
    WrongCount,
)
from app.mailings.service import Confirmation
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.purposes import BY_KEY
from app.readers import queries
from app.readers.models import Mailing
from app.sending import copies, jobs, sifting
from app.sending.jobs import JOBS
from app.sending.sifting import DryRun
from tests.web.readers import OFFICER, again, confirm, deliver, draft, let_begin, reader, states
from tests.web.smtp_sink import Sink
from tests.web.voters import open_process


def test_a_confirmed_mailing_is_taken_back_within_ten_minutes_and_not_after(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("r@example.org")
    mailing = draft()
    confirm(mailing)
    let_begin(monkeypatch, 9.9)
    assert states(mailing) == {}
    service.take_back(OFFICER, again(mailing))
    db.session.commit()
    let_begin(monkeypatch, 60)
    deliver()
    assert (again(mailing).state, sink.received) == ("draft", [])
    confirm(again(mailing))
    let_begin(monkeypatch)
    with pytest.raises(NotNow):
        service.take_back(OFFICER, again(mailing))


def test_a_mailing_can_be_taken_back_while_it_is_counted_who_gets_it(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of very many that takes minutes: nobody's page waits for it, and the watchdog does not end it."""
    reader("r@example.org")
    mailing = draft()
    confirm(mailing)
    number, counted = mailing.id, sifting.try_out
    if db.engine.dialect.name == "sqlite":
        pytest.skip("one writes at a time: an officer's act waits for the worker's transaction")

    def take_back() -> None:
        with site.app_context():
            service.take_back(OFFICER, queries.get_mailing(number))
            db.session.commit()

    def slowly(one: Mailing) -> DryRun:
        other = threading.Thread(target=take_back, daemon=True)
        found = counted(one)
        other.start()
        other.join(10)
        assert not other.is_alive(), "it waits"
        return found

    monkeypatch.setattr(sifting, "try_out", slowly)
    let_begin(monkeypatch)
    deliver()
    assert (again(mailing).state, states(mailing), sink.received) == ("draft", {}, [])
    assert {job.limit_seconds for job in JOBS if job.run in (jobs.send, jobs.write)} == {900.0}


def test_an_empty_segment_a_wrong_number_and_a_segment_ten_times_larger_are_refused(site: Flask) -> None:
    reader("no@example.org", wants=False)
    mailing = draft()
    with pytest.raises(NobodyToWriteTo):
        confirm(mailing)
    reader("r0@example.org")
    with pytest.raises(WrongCount):
        confirm(mailing, typed="2")
    for n in range(1, 10):
        reader(f"r{n}@example.org")
    with pytest.raises(GrownMeanwhile, match="10"):
        service.confirm(OFFICER, mailing, Confirmation(mailing.revision, 1, "1"))
    assert again(mailing).state == "draft"
    confirm(mailing, typed=" 1 0 ")
    assert again(mailing).expected == 10


def test_a_mailing_whose_readers_grew_tenfold_until_its_hour_asks_again(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("r0@example.org")
    mailing = draft()
    confirm(mailing)
    for n in range(1, 10):
        reader(f"r{n}@example.org")
    let_begin(monkeypatch)
    deliver()
    assert (again(mailing).state, again(mailing).halted) == ("draft", "grown")
    ((to, letter),) = sink.received
    assert (to, letter["Subject"]) == ("r0@example.org", "Not sent: News"), "whoever confirmed it is told"
    assert "ten times more people" in letter.get_content()
    assert f"/en/office/mailings/{mailing.id}" in letter.get_content()
    sink.received.clear()
    confirm(again(mailing))
    let_begin(monkeypatch)
    deliver()
    assert len(sink.received) == 10


def test_a_mailing_for_whom_nobody_is_left_at_its_hour_is_given_back(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = reader("r0@example.org")
    mailing = draft()
    confirm(mailing)
    consent.withdraw(number, BY_KEY["newsletter"], Way("page", "en"))
    db.session.commit()
    let_begin(monkeypatch)
    assert (again(mailing).state, again(mailing).halted) == ("draft", "empty")
    deliver()
    (letter,) = (mail for _, mail in sink.received)
    assert "nobody was left who would get it" in letter.get_content()


def test_two_officers_who_confirm_at_once_send_it_once(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("r0@example.org")
    mailing = draft()
    number, revision = mailing.id, mailing.revision
    db.session.remove()
    done: list[str] = []
    gate = threading.Barrier(4)

    def press(actor: str) -> None:
        with site.app_context():
            seen = queries.get_mailing(number)
            db.session.rollback()
            gate.wait()
            try:
                service.confirm(actor, seen, Confirmation(revision, 1, "1"))
                db.session.commit()
                done.append("sent")
            except (NotNow, MailingChanged) as refusal:
                db.session.rollback()
                done.append(type(refusal).__name__)

    threads = [threading.Thread(target=press, args=(f"person:{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["NotNow", "NotNow", "NotNow", "sent"]
    let_begin(monkeypatch)
    deliver()
    assert len(sink.received) == 1


def test_a_draft_that_somebody_else_changed_is_not_sent_as_the_page_showed_it(site: Flask) -> None:
    reader("r0@example.org")
    mailing = draft()
    before = mailing.revision
    service.write(
        OFFICER, service.Words("Other", "newsletter", mailing.audience, 0, mailing.texts), mailing, before
    )
    db.session.commit()
    with pytest.raises(MailingChanged):
        confirm(mailing, revision=before)
    db.session.rollback()
    assert again(mailing).state == "draft"


def test_whoever_got_another_mailing_lately_is_left_out(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader("r0@example.org")
    first = draft()
    confirm(first)
    let_begin(monkeypatch)
    deliver()
    reader("r1@example.org")
    second = draft(apart_days=7)
    assert dict(sifting.try_out(second).left_out) == {"recent": 1}
    later = clock.now() + timedelta(days=8)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert sifting.try_out(second).number == 2


def test_a_list_of_addresses_and_the_moments_of_a_process_say_who_gets_it(site: Flask) -> None:
    one, two, three = (reader(f"r{n}@example.org") for n in range(3))
    process = open_process()
    people.note_activity(one, "began", process.id)
    people.note_activity(two, "began", process.id)
    people.note_activity(two, "voted", process.id)
    consent.give(three, BY_KEY["processes"], Way("page", "en"))
    db.session.commit()
    found = {
        kind: {one.person_id for one in sifting.try_out(draft(audience=f"{kind}:{process.id}")).samples[""]}
        for kind in ("opened", "last-days", "results")
    }
    assert found == {"opened": {three}, "last-days": {one}, "results": {one, two, three}}
    mailing = draft(audience="people", addresses=["R1@example.org", "r2@example.org"])
    assert {one.person_id for one in sifting.try_out(mailing).samples[""]} == {two, three}
    made = service.copy(OFFICER, mailing)
    assert service.listed_addresses(made) == ["r1@example.org", "r2@example.org"]


def test_a_test_to_oneself_leaves_ahead_of_mailings(site: Flask, sink: Sink) -> None:
    number = reader("officer@example.org", name="Marta", wants=False)
    mailing = draft()
    assert copies.send_test(mailing, number) == ["fr", "es", "en"]
    db.session.commit()
    assert {lane for (lane,) in db.session.execute(select(OutboxMessage.lane))} == {outbox.Lane.NOTICES}
    delivery.deliver()
    assert [mail["Subject"] for _, mail in sink.received] == [
        "Nouvelles de Valclair",
        "Noticias de Valclair",
        "News of Valclair",
    ]
    assert states(mailing) == {}


def test_how_long_it_takes_counts_the_mail_domain_of_most_readers(site: Flask) -> None:
    run = DryRun(total=7, domains=Counter({"example.org": 6, "example.net": 1}))
    for per_minute, of_domain, told in (
        (0, 0, "as fast as your mail server takes it"),
        (2, 0, "At 2 letters a minute it takes about 4 minutes."),
        (2, 1, "At 1 letters a minute to one mail domain it takes about 6 minutes."),
        (0, 2, "At 2 letters a minute to one mail domain it takes about 3 minutes."),
        (1, 1, "At 1 letters a minute it takes about 7 minutes."),
    ):
        site.config["CIVIC"] = replace(
            site.config["CIVIC"], mail_per_minute=per_minute, mail_per_domain_per_minute=of_domain
        )
        with writing_in("en"):
            lines = checks.list_checks(Mailing(purpose="newsletter", texts={}), run)
        assert told in lines[-1].words
