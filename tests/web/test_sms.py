"""SMS: only to those of a segment whom no e-mail reaches and who said yes, each once, whatever the provider does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import facts
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail import held, suppression
from app.people import consent, reach
from app.people import service as people
from app.people.consent import Way
from app.people.models import OtherContactPoint
from app.people.purposes import SMS
from app.segment_builder import service as segments
from app.segments.rules import EVERYBODY
from app.sms import jobs, queries, sending, service
from app.sms.models import Sms, SmsMessage
from app.sms.sending import ProviderAway
from app.sms.service import Order
from tests.conftest import make_settings
from tests.web.callers import signed_in
from tests.web.conftest import page
from tests.web.forms import send
from tests.web.kills import die_before_statement, in_child
from tests.web.sms_server import SmsServer

pytestmark = pytest.mark.both_databases

OFFICER = "person:1"


def make_reader(
    name: str, phone: str = "", *, language: str = "en", wants: bool = True, mail: bool = False
) -> int:
    """Somebody with a telephone and without a confirmed address; inside an app context."""
    address = f"{name}@example.org"
    person = people.ensure_person(address, language)
    if mail:
        people.confirm_address(person, address)
    if phone:
        reach.note_reach(OFFICER, person, {"phone": phone})
    if wants:
        consent.give(person.id, SMS, Way("desk", "en", OFFICER))
    db.session.commit()
    return person.id


def prepare(text: str = "The library is closed on Monday.", **others: str) -> Sms:
    """A message to everybody, as an officer sends it; its undo time is over."""
    described = segments.create("shell", f"Everybody {clock.now():%f}", "SMS", EVERYBODY)
    number = len(queries.sift(EVERYBODY).people)
    made = service.send(OFFICER, described, Order({"en": text, **others}, number, str(number)))
    made.send_at = clock.now()
    for message in db.session.scalars(select(SmsMessage)):
        message.next_at = clock.now()
    db.session.commit()
    return made


def hurry() -> None:
    """Let pauses be over."""
    for message in db.session.scalars(select(SmsMessage).where(SmsMessage.state == "waiting")):
        message.next_at = clock.now()
    db.session.commit()


def stands(sms: Sms) -> dict[str, int]:
    """How many messages stand where."""
    return {state: number for state, number in queries.tally(sms.id).items() if number}


@pytest.fixture
def provider(app: Flask, tmp_path: Path) -> Iterator[SmsServer]:
    """A provider, and a site that sends by it."""
    with SmsServer(tmp_path).serving() as server, app.test_request_context("/en/"):
        app.config["CIVIC"] = make_settings(app.config["CIVIC"].database_url, tmp_path, **server.settings())
        yield server


def test_only_who_cannot_be_mailed_has_a_number_and_said_yes_gets_one(provider: SmsServer) -> None:
    ana = make_reader("ana", "04 75 00 00 01")
    make_reader("bo", "04 75 00 00 02", mail=True)
    make_reader("cy", "04 75 00 00 03", wants=False)
    make_reader("di")
    make_reader("ed", "+33 4 75 00 00 01")
    back = make_reader("fay", "04 75 00 00 06", mail=True)
    suppression.suppress("fay@example.org", "hard")
    sms = prepare()
    assert sms.left_out == {"by-email": 1, "no-consent": 1, "no-number": 1, "same-number": 1}
    assert sending.send_due() == 2
    assert {said["recipient"] for said in provider.taken.values()} == {"+33475000001", "+33475000006"}
    assert stands(sms) == {"sent": 2}
    said = next(iter(provider.taken.values()))
    assert said["from"] == "Valclair"
    assert said["text"].startswith(
        "The library is closed on Monday.\nSTOP: https://participe.valclair.example/en/letters/"
    )
    assert sending.send_due() == 0
    assert {ana, back} == set(db.session.scalars(select(SmsMessage.person_id)))


def test_everybody_gets_it_in_their_language_or_else_in_the_first_in_which_it_is_written(
    provider: SmsServer,
) -> None:
    for at, language in enumerate(("fr", "es", "en")):
        make_reader(language, f"04 75 00 00 0{at}", language=language)
    prepare("Closed.", es="Cerrado.")
    assert sending.send_due() == 3
    said = {one["recipient"][-1]: one["text"].splitlines() for one in provider.taken.values()}
    assert {at: lines[0] for at, lines in said.items()} == {"0": "Cerrado.", "1": "Cerrado.", "2": "Closed."}
    assert {at: lines[1].split("/")[3] for at, lines in said.items()} == {"0": "fr", "1": "es", "2": "en"}


def test_while_the_provider_is_away_all_wait_and_then_each_is_taken_once(provider: SmsServer) -> None:
    for number in range(3):
        make_reader(f"p{number}", f"04 75 00 00 0{number}")
    sms = prepare()
    for at, mode in enumerate(("500", "429", "401", "302", "hang", "cut", "lost"), start=1):
        provider.mode = mode
        hurry()
        with pytest.raises(ProviderAway):
            sending.send_due()
        assert (len(provider.asked), stands(sms)) == (at, {"waiting": 3}), mode
    assert facts.gather()["sms"]["waiting"] == 3
    provider.mode = "202"
    hurry()
    assert sending.send_due() == 3
    assert (len(provider.taken), stands(sms)) == (3, {"sent": 3})
    assert facts.gather()["sms"] == {"waiting": 0, "oldest_waiting_seconds": 0}
    assert len({said["recipient"] for said in provider.taken.values()}) == 3
    make_reader("refused", "04 75 00 00 09")
    sms, provider.mode = prepare(), "422"
    assert sending.send_due() == 4
    assert (stands(sms), sending.send_due()) == ({"refused": 4}, 0)


def test_killed_before_any_statement_each_message_is_taken_once(
    app: Flask, provider: SmsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make_reader(f"p{number}", f"04 75 00 00 0{number}")
    sms = prepare()
    kills = 0

    def work() -> None:
        die_before_statement(kills + 1)
        sending.send_due()

    db.session.rollback()
    while in_child(app, work):
        kills += 1
        later = clock.now() + sending.LEASE * 1.1
        monkeypatch.setattr(clock, "now", lambda later=later: later)
    assert stands(sms) == {"sent": 3}
    assert len(provider.taken) == 3
    assert len({said["recipient"] for said in provider.taken.values()}) == 3
    assert 3 < len(provider.asked) <= 3 + kills


def test_what_is_so_when_it_leaves_counts_not_what_was_when_it_was_written(
    provider: SmsServer, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped, gone, closed, _late = (make_reader(f"p{n}", f"04 75 00 00 0{n}") for n in range(4))
    sms, url = prepare(), app.config["CIVIC"].database_url
    consent.withdraw(stopped, SMS, Way("desk", "en", OFFICER))
    db.session.delete(db.session.get_one(OtherContactPoint, (gone, "phone")))
    people.disable(people.get_person(closed), OFFICER)
    db.session.commit()
    app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings(sms_ca=""))
    with pytest.raises(ProviderAway, match="SSLCertVerificationError"):  # nobody vouches for it
        sending.send_due()
    app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings())
    assert stands(sms) == {"no-consent": 2, "no-number": 1, "waiting": 1}
    message = db.session.scalars(select(SmsMessage).where(SmsMessage.state == "waiting")).one()
    message.state, message.lease_until = "sending", clock.now() + timedelta(minutes=1)
    db.session.commit()
    assert sending.send_due() == 0
    late = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert sending.send_due() == 1
    assert (stands(sms), provider.asked) == ({"no-consent": 2, "no-number": 1, "too-late": 1}, [])


def test_what_an_officer_kept_back_or_waits_for_its_turn_is_not_late(
    provider: SmsServer, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_reader("ana", "04 75 00 00 01")
    sms, url = prepare(), app.config["CIVIC"].database_url
    app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings())
    service.pause(OFFICER, sms)
    resumed = clock.now() + timedelta(days=3)
    monkeypatch.setattr(clock, "now", lambda: resumed)
    service.pause(OFFICER, sms, is_paused=False)
    db.session.commit()
    assert (sending.send_due(), stands(sms)) == (1, {"sent": 1})
    slowly = prepare()
    turn = resumed + timedelta(days=1, minutes=1)
    monkeypatch.setattr(clock, "now", lambda: turn)
    app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings(sms_per_minute="1"))
    assert (sending.send_due(), stands(slowly)) == (1, {"sent": 1})


def test_paused_stopped_held_or_in_hours_of_quiet_none_leaves(
    provider: SmsServer, app: Flask, tmp_path: Path
) -> None:
    make_reader("ana", "04 75 00 00 01")
    sms = prepare()
    service.pause(OFFICER, sms)
    assert sending.send_due() == 0
    service.pause(OFFICER, sms, is_paused=False)
    held.hold()
    assert sending.send_due() == 0
    service.pause(OFFICER, sms, is_paused=False)
    url = app.config["CIVIC"].database_url
    begins, ends = (f"{clock.now() + timedelta(hours=off):%H:%M}" for off in (-1, 1))
    for more in (
        {"mail_held": "yes"},
        {"mail_quiet_hours": f"{begins}-{ends}", "time_zone": "Etc/UTC"},
        {"sms_url": ""},
    ):
        app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings(**more))
        assert sending.send_due() == 0, more
    service.stop(OFFICER, sms)
    with pytest.raises(service.NotNow):
        service.stop(OFFICER, sms)
    app.config["CIVIC"] = make_settings(url, tmp_path, **provider.settings())
    assert (sending.send_due(), stands(sms), provider.asked) == (0, {"stopped": 1}, [])


def test_a_trial_of_sms_goes_to_a_file(app: Flask, tmp_path: Path) -> None:
    app.config["CIVIC"] = make_settings(
        app.config["CIVIC"].database_url, tmp_path, sms_url="file", sms_prefix="+33", mail_quiet_hours=""
    )
    with app.test_request_context("/en/"):
        make_reader("ana", "04 75 00 00 01")
        prepare("Hello")
        assert sending.send_due() == 1
        folder = Path(app.config["CIVIC"].uploads_dir) / "sms"
        (file,) = folder.iterdir()
        assert json.loads(file.read_text())["to"] == "+33475000001"
        assert file.stat().st_mode & 0o777 == 0o600
        jobs.forget()
        assert file.exists()
        file.rename(folder / f"{clock.today() - timedelta(days=8)}.jsonl")
        jobs.forget()
        assert not list(folder.iterdir())


def test_an_officer_writes_looks_and_types_the_number(app: Flask, provider: SmsServer) -> None:
    make_reader("ana", "04 75 00 00 01")
    segment = segments.create("shell", "Everybody", "SMS", EVERYBODY).segment.id
    db.session.commit()
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    for lang in ("fr", "es", "en"):
        where = f"/{lang}/office/segments/{segment}/sms"
        page(officer.get(where))
        page(officer.get(f"/{lang}/office/sms"))
        assert "STOP: https://" in page(
            send(officer, where, where, **{"text-en": "Hello <b>{{7*7}}</b>"}), 200
        )
    for wrong in ("", "x" * 1001, "a\x07b", "í" * 300):
        assert wrong[:200] in page(send(officer, where, where, **{"text-en": wrong}), 422)
    page(send(officer, where, where, **{"text-en": "Hello"}, do="send", shown="1", count="2"), 422)
    page(send(officer, where, where, **{"text-en": "Hello"}, do="send", shown="9", count="9"), 422)
    looked = page(send(officer, where, where, **{"text-en": "Hello <b>{{7*7}}</b>"}), 200)
    form = {"text-en": "Hello <b>{{7*7}}</b>", "do": "send", "shown": "1", "count": "1"}
    form["form"] = re.findall(r'name="form" value="([0-9a-f]{32})"', looked)[0]
    answer, twice = (send(officer, where, where, **form) for _ in range(2))
    assert (answer.status_code, twice.location) == (303, answer.location)
    assert len(queries.list_sms()) == 1
    assert "Hello &lt;b&gt;{{7*7}}&lt;/b&gt;" in page(officer.get(answer.location))
    assert "1 SMS waits" not in page(officer.get("/en/office/system")), "it can still be taken back"
    queries.list_sms()[0].send_at = clock.now()
    db.session.commit()
    assert "1 SMS waits, the first since" in page(officer.get("/en/office/system"))
    for act, lang in (("pause", "fr"), ("resume", "es"), ("stop", "en")):
        assert send(officer, f"{answer.location}/state", answer.location, act=act).status_code == 303
        page(officer.get(answer.location.replace("/en/", f"/{lang}/")))
    assert "late" in send(officer, f"{answer.location}/state", where, act="stop").location
    assert send(officer, f"{answer.location}/state", where, act="spam").status_code == 400


def test_without_a_provider_nobody_is_asked_about_sms_and_nothing_can_be_sent(app: Flask) -> None:
    with app.test_request_context("/en/"):
        ana = make_reader("ana", "04 75 00 00 01")
        consent.decide(ana, set(), Way("page", "en"))
        assert consent.is_given(ana, SMS.key)
        segment = segments.create("shell", "Everybody", "SMS", EVERYBODY).segment.id
        db.session.commit()
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    where = f"/en/office/segments/{segment}/sms"
    assert "CIVIC_SMS_URL" in page(officer.get(where))
    assert (
        send(officer, where, where, **{"text-en": "Hello"}, do="send", shown="1", count="1").status_code
        == 409
    )
    assert "by SMS" not in page(officer.get("/en/account/letters"))
