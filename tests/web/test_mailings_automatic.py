"""Letters that the site writes by itself: once for each event, only when they are switched on, only to who asked for them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mailings import automatic, jobs, queries, sending, sifting
from app.mailings.models import Mailing
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.purposes import BY_KEY
from app.processes import service as processes
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.readers import OFFICER, again, deliver, let_begin, reader, states
from tests.web.smtp_sink import Sink
from tests.web.voters import open_process


def follower(address: str, language: str = "en", name: str = "") -> int:
    """Somebody who asked for news of processes."""
    number = reader(address, language=language, name=name, wants=False)
    consent.give(number, BY_KEY["processes"], Way("page", language))
    db.session.commit()
    return number


def opened_later(title: str = "A street for children") -> str:
    """A process that opens an hour from now; its address."""
    process = processes.create("shell", "budget", {"en": title, "es": "Una calle"}, "EUR")
    now = clock.now()
    processes.set_dates("shell", process, now + timedelta(hours=1), now + timedelta(days=9))
    processes.publish("shell", process)
    db.session.commit()
    return process.slug


def test_a_process_that_opens_is_told_once_to_those_who_asked(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_process("Before")
    follower("ana@example.org", "es", "Ana")
    follower("bo@example.org")
    reader("other@example.org")
    automatic.switch(OFFICER, "opened", is_on=True)
    opened_later("A <b>*street*</b> {name|x} {{7*7}}\r\nBcc: x")
    jobs.write()
    assert db.session.scalar(select(Mailing.id)) is None
    let_begin(monkeypatch, 61)
    for _ in range(3):
        jobs.write()
    mailing = db.session.scalars(select(Mailing)).one()
    assert (mailing.state, mailing.expected, mailing.purpose) == ("scheduled", 2, "processes")
    let_begin(monkeypatch)
    deliver()
    assert again(mailing).state == "done"
    got = {to: mail for to, mail in sink.received}
    assert got.keys() == {"ana@example.org", "bo@example.org"}
    assert got["bo@example.org"]["Subject"] == "Open now: A <b>*street*</b> name|x 7*7 Bcc: x"
    assert got["bo@example.org"]["Bcc"] is None
    assert got["ana@example.org"]["Subject"] == "Abierto: Una calle"
    plain, html = got["bo@example.org"].iter_parts()
    assert "A <b>*street*</b> name|x 7*7 Bcc: x has opened." in plain.get_content()
    assert "&lt;b&gt;*street*&lt;/b&gt;" in html.get_content()
    assert "https://participe.valclair.example/en/budgets/" in plain.get_content()
    assert "Hola Ana:" in next(got["ana@example.org"].iter_parts()).get_content()


def test_results_are_told_to_who_took_part_and_asked_for_news(site: Flask) -> None:
    process = open_process()
    took_part, both, asked = reader("a@example.org"), follower("b@example.org"), follower("c@example.org")
    for number in (took_part, both):
        people.note_activity(number, "voted", process.id)
    automatic.switch(OFFICER, "results", is_on=True)
    jobs.write()
    assert db.session.scalar(select(Mailing.id)) is None
    process.box_closed_at = clock.now()
    processes.publish_results("shell", process)
    db.session.commit()
    jobs.write()
    mailing = db.session.scalars(select(Mailing)).one()
    run = sifting.try_out(mailing)
    assert {one.person_id for one in run.samples[""]} == {both, asked}
    assert dict(run.left_out) == {"no-consent": 1}
    assert all(not one.wrong for one in sending.compose_all(mailing).values())


def test_switched_off_or_on_too_late_nothing_is_written_and_with_nobody_it_is_over_at_once(
    site: Flask,
) -> None:
    open_process("Before it was switched on")
    jobs.write()
    automatic.switch(OFFICER, "opened", is_on=True)
    jobs.write()
    assert queries.list_mailings() == []
    automatic.switch(OFFICER, "opened", is_on=False)
    process = open_process("Meanwhile")
    processes.set_dates("shell", process, clock.now(), clock.now() + timedelta(days=1))
    db.session.commit()
    jobs.write()
    assert queries.list_mailings() == []
    automatic.switch(OFFICER, "opened", is_on=True)
    processes.set_dates("shell", process, clock.now(), clock.now() + timedelta(days=1))
    db.session.commit()
    jobs.write()
    (mailing,) = queries.list_mailings()
    assert (mailing.state, states(mailing)) == ("done", {})
    with pytest.raises(KeyError):
        automatic.switch(OFFICER, "spam", is_on=True)


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_an_officer_switches_them_on_and_off(app: Flask, lang: str) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    place = f"/{lang}/office/mailings/automatic"
    for fields, switched_on in (({}, {"opened"}), ({}, {"opened"}), ({"off": "1"}, set())):
        assert send(officer, f"{place}/opened", place, **fields).status_code == 303
        with app.app_context():
            assert queries.list_switched_on() == switched_on
        page(officer.get(place))
    assert send(officer, f"{place}/spam", place).status_code == 404
