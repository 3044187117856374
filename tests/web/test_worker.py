"""The worker as a real process: killed in the middle, started twice, stopped, watched by systemd (guarantees F2, F23)."""

from __future__ import annotations

import socket
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import migrating, worker
from app.core.db import db
from app.core.worker import Job
from app.factory import create_app
from app.mail import outbox
from app.mail.letters import Letter
from app.mail.outbox import Lane, OutboxMessage
from app.settings import Settings
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.site_process import Worker
from tests.web.smtp_sink import Sink, start_sink

pytestmark = pytest.mark.both_databases


@pytest.fixture
def sink_port() -> Iterator[tuple[Sink, int]]:
    sink, controller = start_sink()
    yield sink, controller.port
    controller.stop()


@pytest.fixture
def site(database_url: str, tmp_path: Path, sink_port: tuple[Sink, int]) -> Iterator[Flask]:
    """A site whose letters go to the sink."""
    with empty_site(make_settings(database_url, tmp_path, smtp_port=str(sink_port[1]))) as app:
        yield app


def settings_of(site: Flask) -> Settings:
    settings: Settings = site.config["CIVIC"]
    return settings


def put(site: Flask, number: int, lane: Lane = Lane.MAILINGS, prefix: str = "reader") -> None:
    with site.app_context():
        for index in range(number):
            letter = Letter(f"News {index}", "Something happened.\n")
            outbox.enqueue(letter, f"{prefix}{index}@example.org", key=f"{prefix}:{index}", lane=lane)
        db.session.commit()


def wait_for(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_kill_9_loses_no_letter_and_a_double_keeps_its_message_id(
    site: Flask, sink_port: tuple[Sink, int]
) -> None:
    sink, _ = sink_port
    sink.pause_seconds = 0.005
    put(site, 200)
    kills = 0
    for target in (20, 60, 100, 140):
        process = Worker(settings_of(site))
        wait_for(lambda target=target: len(sink.received) >= target)  # type: ignore[misc]
        process.kill()
        kills += 1
    process = Worker(settings_of(site))

    def all_sent() -> bool:
        with site.app_context():
            return outbox.count_by_state() == {"sent": 200}

    wait_for(all_sent)
    code, output = process.stop()
    assert code == 0, output
    ids: dict[str, list[str]] = defaultdict(list)
    for to, mail in sink.received:
        ids[to].append(mail["Message-ID"])
    assert len(ids) == 200, "nobody is left out"
    assert len(sink.received) - 200 <= kills, "at most one double a kill"
    assert all(len(set(found)) == 1 for found in ids.values())


def test_a_code_overtakes_a_mailing_that_is_under_way(site: Flask, sink_port: tuple[Sink, int]) -> None:
    sink, _ = sink_port
    sink.pause_seconds = 0.02
    put(site, 300)
    process = Worker(settings_of(site))
    wait_for(lambda: len(sink.received) >= 20)
    before = len(sink.received)
    put(site, 1, Lane.CODES, "ana")
    wait_for(lambda: any(to == "ana0@example.org" for to, _ in sink.received))
    overtaken = [to for to, _ in sink.received].index("ana0@example.org") - before
    process.kill()
    assert overtaken <= 2.0 / sink.pause_seconds, "two seconds of a mail server that is never idle"


def test_a_second_worker_waits_for_the_first(site: Flask, sink_port: tuple[Sink, int]) -> None:
    sink, _ = sink_port
    first = Worker(settings_of(site))

    def beats() -> bool:
        with site.app_context():
            return worker.find_beat_age() is not None

    wait_for(beats)
    second = Worker(settings_of(site))
    put(site, 20)
    wait_for(lambda: len(sink.received) == 20)
    first.kill()
    put(site, 5, prefix="late")
    wait_for(lambda: len(sink.received) == 25)
    assert second.stop()[0] == 0
    assert len({to for to, _ in sink.received}) == 25


def test_systemd_hears_that_the_worker_is_ready_and_well(site: Flask, tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(address)
        ear.settimeout(20)
        process = Worker(settings_of(site), NOTIFY_SOCKET=address)
        assert ear.recv(100) == b"READY=1"
        assert ear.recv(100) == b"WATCHDOG=1"
        assert process.stop()[0] == 0
        heard = {ear.recv(100)}
        while b"STOPPING=1" not in heard:
            heard.add(ear.recv(100))


def test_a_job_that_fails_is_tried_again_and_one_that_hangs_is_seen(site: Flask) -> None:
    calls, release = [], Event()

    def fails() -> None:
        calls.append(1)
        raise RuntimeError("on purpose")

    stop = Event()
    failing = worker.Lane(Job("fails", 0.01, fails), stop)
    hanging = worker.Lane(Job("hangs", 0.01, lambda: release.wait(10), limit_seconds=0.1), stop)
    for lane in (failing, hanging):
        lane.start(site)
    wait_for(lambda: len(calls) >= 3 and hanging.is_hung())
    assert not failing.is_hung()
    stop.set()
    release.set()
    for lane in (failing, hanging):
        lane.join(5.0)


def test_letters_wait_while_the_mail_server_is_away_and_leave_once_it_is_back(
    database_url: str, tmp_path: Path
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = create_app(make_settings(database_url, tmp_path, smtp_port=str(port)))
    with site.app_context():
        migrating.migrate()
    put(site, 12)
    process = Worker(settings_of(site))
    try:

        def tried() -> bool:
            with site.app_context():
                return (
                    db.session.scalar(select(OutboxMessage.id).where(OutboxMessage.answer != "")) is not None
                )

        wait_for(tried)
        with site.app_context():
            assert set(outbox.count_by_state()) <= {"waiting", "sending"}
        sink, controller = start_sink(port)
        try:
            wait_for(lambda: len(sink.received) == 12, 45.0)
        finally:
            controller.stop()
    finally:
        process.kill()
        with site.app_context():
            db.session.remove()
            db.engine.dispose()


def test_the_worker_goes_on_after_the_database_cut_every_connection(
    site: Flask, sink_port: tuple[Sink, int]
) -> None:
    sink, _ = sink_port
    with site.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("SQLite has no connections that a server could cut")
    process = Worker(settings_of(site))
    put(site, 3, prefix="before")
    wait_for(lambda: len(sink.received) == 3)
    with site.app_context(), db.engine.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    put(site, 3, prefix="after")
    wait_for(lambda: len(sink.received) == 6)
    assert process.process.poll() is None, "it is the same process"
    assert process.stop()[0] == 0
