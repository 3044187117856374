"""Letters that the site writes by itself: each kind has its switch, leaves once an event, and news only to who asked."""

from __future__ import annotations

import ast
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, g
from sqlalchemy import func, select

from app import facts as mails_of
from app.associations import mails as association_mails
from app.associations.models import Association, AssociationMember
from app.automatic_letters import queries as automatic_letters
from app.automatic_letters import service, wording
from app.automatic_letters.queries import FRESH
from app.automatic_letters.rules import Kind
from app.ballots import service as ballots
from app.budgets import mails as budget_mails
from app.budgets import service as budgets
from app.census import retention
from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.people import consent
from app.people import service as people
from app.people.consent import Way
from app.people.purposes import BY_KEY
from app.processes import service as processes
from app.readers import queries
from app.readers.models import Mailing
from app.sending import automatic, copies, jobs, sifting
from app.verification import mails as verification_mails
from tests.web.callers import person_of, signed_in
from tests.web.clubs import join, register
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.readers import OFFICER, again, deliver, let_begin, reader, states
from tests.web.rolls import make_list
from tests.web.smtp_sink import Sink
from tests.web.voters import KEY, open_process


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
    follower("ana@example.org", "es", "Ana")
    follower("bo@example.org")
    reader("other@example.org")
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
    spanish = next(got["ana@example.org"].iter_parts()).get_content()
    assert "Hola Ana:" in spanish
    assert "Véalo y participe" in spanish


def test_results_are_told_to_who_took_part_and_asked_for_news(site: Flask) -> None:
    process = open_process()
    took_part, both, asked = reader("a@example.org"), follower("b@example.org"), follower("c@example.org")
    for number in (took_part, both):
        people.note_activity(number, "voted", process.id)
    service.switch(OFFICER, Kind.OPENED, is_on=False)
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
    assert all(not one.wrong for one in copies.compose_all(mailing).values())


def test_switched_off_or_on_too_late_nothing_is_written_and_with_nobody_it_is_over_at_once(
    site: Flask,
) -> None:
    long_ago = open_process("Long ago")
    processes.set_dates("shell", long_ago, clock.now() - 2 * FRESH, clock.now() + timedelta(days=1))
    jobs.write()
    service.switch(OFFICER, Kind.OPENED, is_on=False)
    process = open_process("Meanwhile")
    processes.set_dates("shell", process, clock.now(), clock.now() + timedelta(days=1))
    db.session.commit()
    jobs.write()
    service.switch(OFFICER, Kind.OPENED, is_on=True)
    jobs.write()
    assert queries.list_mailings() == []
    processes.set_dates("shell", process, clock.now(), clock.now() + timedelta(days=1))
    db.session.commit()
    jobs.write()
    (mailing,) = queries.list_mailings()
    assert (mailing.state, states(mailing)) == ("done", {})


def occasions(app: Flask) -> dict[Kind, Callable[[], object]]:
    """What makes the site write a letter of each kind."""
    number = register(app, due_in=7)
    voter = join(app, number, "ana@example.org")
    club = db.session.get_one(Association, number)
    member = db.session.get_one(AssociationMember, (number, voter))
    process = open_process()
    ballots.keep_draft(process.id, voter, "{}", KEY)
    target = make_list()
    target.kept_until_on = clock.today() + timedelta(days=2)
    db.session.flush()

    def publish(has_results: bool) -> None:
        now = clock.now()
        processes.set_dates("shell", process, now, now + timedelta(days=1))
        process.results_at = now if has_results else None
        automatic.write_due()

    return {
        Kind.OPENED: lambda: publish(False),
        Kind.RESULTS: lambda: publish(True),
        Kind.BALLOT_BEGUN: lambda: budgets.remind(process),
        Kind.VOTE_RECORDED: lambda: budget_mails.vote_recorded(process, voter, "ana@example.org", "R-1"),
        Kind.ASSOCIATION_DECIDED: lambda: association_mails.decided(club),
        Kind.ASSOCIATION_DUE: lambda: association_mails.due(club, clock.today()),
        Kind.MEMBER_ASKED: lambda: association_mails.asked(club, "Bo", voter),
        Kind.MEMBER_ANSWERED: lambda: association_mails.answered(club, member, is_confirmed=True),
        Kind.CHECK_SETTLED: lambda: verification_mails.settled(voter, "found", clock.now()),
        Kind.LIST_ENDING: retention.tell,
    }


def test_off_means_that_none_is_written_and_on_that_one_is_whatever_the_kind(app: Flask) -> None:
    person_of(app, "marta@valclair.example", Role.OFFICER)
    with app.app_context(), app.test_request_context("/en/"):
        g.lang = "en"
        acts = occasions(app)
        db.session.commit()
        assert acts.keys() == set(Kind)
        for kind, act in acts.items():
            written = []
            for is_on in (False, True):
                service.switch(OFFICER, kind, is_on=is_on)
                before = count_written()
                act()
                written.append(count_written() - before)
            assert written == [0, 1], kind


def count_written() -> int:
    """Letters in the outbox, and mailings that will be."""
    tables = (OutboxMessage, Mailing)
    return sum(db.session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)


def test_every_letter_of_a_feature_has_a_switch_or_stands_among_those_that_have_none(app: Flask) -> None:
    switched = {
        "associations.asked", "associations.answered", "associations.decided", "associations.due",
        "budgets.reminder", "budgets.vote_recorded", "census.ending", "verification.settled",
    }  # fmt: skip
    found = set()
    for path in Path(mails_of.__file__).parent.glob("*/mails.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {f"{path.parent.name}.{one.name}" for one in tree.body
                  if isinstance(one, ast.FunctionDef) and not one.name.startswith(("_", "key_of"))}  # fmt: skip
    with app.test_request_context("/en/"):
        assert found == switched | wording.list_always().keys()


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_an_officer_switches_them_off_and_on(app: Flask, lang: str) -> None:
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    place = f"/{lang}/office/mailings/automatic"
    for fields, off in (({"off": "1"}, {"opened"}), ({"off": "1"}, {"opened"}), ({}, set())):
        assert send(officer, f"{place}/opened", place, **fields).status_code == 303
        with app.app_context():
            assert automatic_letters.list_off() == off
        page(officer.get(place))
    assert send(officer, f"{place}/spam", place).status_code == 404
    with app.app_context():
        said = db.session.scalars(select(AuditEntry.act).where(AuditEntry.act == "mailing.switch"))
        assert len(said.all()) == 2


def test_no_page_promises_a_letter_that_is_switched_off(app: Flask) -> None:
    resident, promise = signed_in(app, "ana@valclair.example"), "answers by e-mail"
    assert promise in page(resident.get("/en/associations"))
    with app.app_context():
        service.switch(OFFICER, Kind.ASSOCIATION_DECIDED, is_on=False)
        db.session.commit()
    assert promise not in page(resident.get("/en/associations"))
