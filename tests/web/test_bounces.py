"""Letters that come back: by the return path alone it is known which; what nobody sealed changes nothing (F4)."""

from __future__ import annotations

import imaplib
import io
import json
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from flask import Flask
from sqlalchemy import select, update

from app.bounces import commands, round_trip, taking
from app.bounces.errors import NoWayBack
from app.core import clock
from app.core.db import db
from app.mail import delivery, outbox, suppression
from app.mail.letters import Letter
from app.mail.outbox import Lane, OutboxMessage
from app.mail.return_paths import find_letter
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.imap_server import mailbox
from tests.web.kills import die, die_before_statement, in_child
from tests.web.returned_mail import bounce, complaint
from tests.web.smtp_sink import Sink

pytestmark = pytest.mark.both_databases

BACK = "bounces@mail.valclair.example"


@pytest.fixture
def site(database_url: str, tmp_path: Path, server: tuple[Sink, Controller]) -> Iterator[Flask]:
    settings = make_settings(database_url, tmp_path, smtp_port=str(server[1].port), mail_bounces=BACK)
    with empty_site(settings) as app, app.app_context():
        yield app


def send(sink: Sink, address: str, key: str, lane: Lane = Lane.MAILINGS) -> str:
    """Send a letter; where it comes back to, as its mail server was told."""
    outbox.enqueue(Letter("News", "Text.\n"), address, key=key, lane=lane)
    db.session.commit()
    assert delivery.deliver() + delivery.deliver_codes() == 1
    return sink.senders[-1]


def heard(key: str) -> str:
    return str(db.session.scalar(select(OutboxMessage.outcome).where(OutboxMessage.key == key)))


def test_every_letter_comes_back_to_an_address_of_its_own_that_names_nobody(site: Flask, sink: Sink) -> None:
    paths = [send(sink, f"ana.lopez{lane}@reader.example", lane.name, lane) for lane in Lane]
    assert len(set(paths)) == 3
    for lane, path in zip(Lane, paths, strict=True):
        assert "lopez" not in path
        assert len(path.partition("@")[0]) <= 64
        letter = find_letter(path.upper())
        assert letter is not None
        assert letter.key == lane.name
    site.config["CIVIC"] = replace(site.config["CIVIC"], mail_bounces="")
    assert send(sink, "eva@reader.example", "plain") == site.config["CIVIC"].sender


def test_a_bounce_is_held_against_the_letter_and_its_address(site: Flask, sink: Sink) -> None:
    path = send(sink, "gone@reader.example", "m")
    assert taking.take(bounce(path)) == "bounced"
    assert taking.take(bounce(path)) == "known already"
    assert heard("m") == "bounced"
    row = suppression.find("gone@reader.example")
    assert row is not None
    assert (row.reason, "@" in row.answer) == ("hard", False)


def test_three_letters_that_come_back_softly_and_each_counts_once(site: Flask, sink: Sink) -> None:
    for number in range(3):
        path = send(sink, "full@reader.example", f"m{number}")
        for _ in range(3):
            taking.take(bounce(path, "delayed", "4.2.2", "452 4.2.2 Over quota"))
        assert heard(f"m{number}") == "delayed"
        assert suppression.which(["full@reader.example"]) == {}
        said = [taking.take(bounce(path, "failed", "5.2.2", "552 5.2.2 Over quota")) for _ in range(3)]
        assert said == ["bounced", "known already", "known already"]
    assert suppression.which(["full@reader.example"]) == {"full@reader.example": "soft"}


def test_a_complaint_stops_mailings_whatever_its_reader_consented_to(site: Flask, sink: Sink) -> None:
    path = send(sink, "eva@reader.example", "m")
    taking.take(bounce(path, "delivered", "2.0.0", "250 OK"))
    assert heard("m") == "delivered"
    assert taking.take(complaint(path)) == "complained"
    assert taking.take(bounce(path)) == "known already"
    assert (heard("m"), suppression.which(["eva@reader.example"])) == (
        "complained",
        {"eva@reader.example": "complaint"},
    )
    outbox.enqueue(Letter("News", "Text.\n"), "eva@reader.example", key="next", lane=Lane.MAILINGS)
    db.session.commit()
    delivery.deliver()
    assert heard("next") == "suppressed"


def test_a_forged_report_changes_nothing(site: Flask, sink: Sink) -> None:
    path = send(sink, "ana@reader.example", "m")
    local, _, seal = path.partition("@")[0].rpartition("-")
    forged = [
        "bounces@mail.valclair.example", "bounces+1@mail.valclair.example", f"{local}-{'a' * 16}@mail.valclair.example",
        f"{local}-{seal}@elsewhere.example", f"{local}9-{seal}@mail.valclair.example",
        f"bounces+{'9' * 18}-{seal}@mail.valclair.example",
        f"{local}-{seal[:-1]}@mail.valclair.example", f"x{path}", "",
    ]  # fmt: skip
    for to in forged:
        assert taking.take(bounce(to)) == "not ours", to
        assert taking.take(complaint(to)) == "not ours", to
    assert (
        taking.take(b"To: " + path.encode() + b"\r\nSubject: I am on holiday\r\n\r\nBack on Monday")
        == "no report"
    )
    assert (heard("m"), suppression.count_by_reason()) == ("", {})


def test_a_late_report_is_not_taken_for_one_of_a_letter_with_the_same_number(site: Flask, sink: Sink) -> None:
    """After a restore the database gives numbers away again."""
    path = send(sink, "ana@reader.example", "m")
    db.session.execute(update(OutboxMessage).values(recipient="eva@reader.example", message_id="<other@x>"))
    db.session.commit()
    assert taking.take(bounce(path)) == "not ours"


def test_a_letter_that_is_forgotten_has_no_return_path(site: Flask, sink: Sink) -> None:
    path = send(sink, "ana@reader.example", "m")
    db.session.execute(update(OutboxMessage).values(done_at=clock.now() - outbox.KEPT - timedelta(days=1)))
    outbox.delete_old()
    assert taking.take(bounce(path)) == "not ours"


def test_the_folder_of_the_host_is_emptied(site: Flask, sink: Sink, tmp_path: Path) -> None:
    site.config["CIVIC"] = replace(site.config["CIVIC"], trial=True)
    assert taking.take_from_folder() == 0
    new = taking.folder() / "new"
    new.mkdir(parents=True)
    site.config["CIVIC"] = replace(site.config["CIVIC"], trial=False)
    path = send(sink, "gone@reader.example", "m")
    site.config["CIVIC"] = replace(site.config["CIVIC"], trial=True)
    (new / "1.host").write_bytes(bounce(path))
    (new / "2.host").write_bytes(b"\xff\x00 no report at all" * 100_000)
    assert taking.take_from_folder() == 2
    assert (heard("m"), list(new.iterdir())) == ("bounced", [])


def test_a_letter_of_the_site_to_itself_tells_that_it_came_in(site: Flask, sink: Sink) -> None:
    runner = site.test_cli_runner()
    begun = json.loads(runner.invoke(commands.trip).output)
    assert delivery.deliver_codes() == 1
    path, letter = sink.senders[-1], bytes(sink.received[-1][1])
    assert sink.received[-1][0] == BACK
    assert taking.take(f"Return-Path: <{path.replace('-', '-a')}>\n".encode() + letter, BACK) == "not ours"
    told = ["--key", begun["key"]]
    sent = json.loads(runner.invoke(commands.trip, told).output)
    assert (begun["state"], sent["state"], sent["outcome"]) == ("waiting", "sent", "")
    assert taking.take(f"Return-Path: <{path}>\n".encode() + letter, BACK) == "round trip"
    db.session.commit()
    assert json.loads(runner.invoke(commands.trip, told).output)["outcome"] == "delivered"
    send(sink, "eva@reader.example", "other")
    with pytest.raises(NoWayBack):
        round_trip.get("other")


def test_a_mailbox_is_read_and_emptied(site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    with mailbox() as box:
        told = {
            "bounces_imap_host": "localhost",
            "bounces_imap_port": box.port,
            "bounces_imap_user": "bounces",
        }
        site.config["CIVIC"] = replace(site.config["CIVIC"], bounces_imap_password="wrong", **told)
        with pytest.raises(ssl.SSLCertVerificationError):
            taking.take_from_mailbox()
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        with pytest.raises(imaplib.IMAP4.error):
            taking.take_from_mailbox()
        site.config["CIVIC"] = replace(site.config["CIVIC"], bounces_imap_password=box.password)
        path = send(sink, "gone@reader.example", "m")
        box.put(bounce(path))
        box.put(b"From: somebody\r\nSubject: no report\r\n\r\n" + b"x\r\n" * 900_000)
        assert (taking.take_from_mailbox(), taking.take_from_mailbox()) == (2, 0)
        assert heard("m") == "bounced"
        later = send(sink, "full@reader.example", "later")
        box.put(bounce(f'"Letters that come back" <{later}>'))
        asked = imaplib.IMAP4.uid

        def uid(self: imaplib.IMAP4, command: str, *args: str) -> tuple[str, list[object]]:
            return ("NO", [b"[SERVERBUG] Not now"]) if command == "FETCH" else asked(self, command, *args)

        with monkeypatch.context() as broken:
            broken.setattr(imaplib.IMAP4, "uid", uid)
            taking.take_from_mailbox()
        assert heard("later") == "", "what the server could not read is not deleted there"
        taking.take_from_mailbox()
    assert heard("later") == "bounced"


def test_killed_while_it_reads_a_mailbox_each_report_counts_once(
    site: Flask, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = 0

    def work() -> None:
        die_before_statement(kills + 1)
        taking.take_from_mailbox()

    def work_and_leave_it_there() -> None:
        monkeypatch.setattr(imaplib.IMAP4, "expunge", die)
        taking.take_from_mailbox()

    with mailbox() as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(box.certificate))
        told = {
            "bounces_imap_host": "localhost",
            "bounces_imap_port": box.port,
            "bounces_imap_user": "bounces",
        }
        site.config["CIVIC"] = replace(site.config["CIVIC"], bounces_imap_password=box.password, **told)
        for number in range(2):
            path = send(sink, "full@reader.example", f"m{number}")
            box.put(bounce(path, "failed", "5.2.2", "552 5.2.2 Over quota"))
        db.session.rollback()
        assert in_child(site, work_and_leave_it_there)
        assert (heard("m0"), heard("m1")) == ("bounced", "bounced")
        path = send(sink, "full@reader.example", "m2")
        for _ in range(2):
            box.put(bounce(path, "failed", "5.2.2", "552 5.2.2 Over quota"))
        db.session.rollback()
        while in_child(site, work):
            kills += 1
        assert taking.take_from_mailbox() == 0
    row = suppression.find("full@reader.example")
    assert row is not None
    assert (heard("m2"), row.reason, kills > 1) == ("bounced", "soft", True)


def test_without_a_mailbox_none_is_asked(site: Flask) -> None:
    assert taking.take_from_mailbox() == 0


def test_the_command_reads_one_message(site: Flask, sink: Sink) -> None:
    path = send(sink, "gone@reader.example", "m")
    runner = site.test_cli_runner()
    report = bounce("somebody@valclair.example")
    assert '"not ours"' in runner.invoke(commands.take_bounce, input=io.BytesIO(report)).output
    said = runner.invoke(commands.take_bounce, ["--recipient", path], input=io.BytesIO(report))
    assert (said.exit_code, said.output) == (0, '{"taken": "bounced"}\n')
    assert heard("m") == "bounced"
