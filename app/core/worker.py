"""The worker: does what no request should wait for. Each job has its thread: a long count does not hold up a sign-in code."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from flask import Flask
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock, maintenance, systemd
from app.core.db import Base, Instant, db
from app.core.single import StillMine, hold

BEAT_SECONDS = 5.0
LONGEST_PAUSE_SECONDS = 60.0
STOP_SECONDS = 25.0
"""How long runs under way may take to end; systemd kills after 30."""
log = logging.getLogger("civic.worker")


@dataclass(frozen=True)
class Job:
    """Something done again and again: `run` is called in the app's context every `every_seconds`, and commits its own work.

    A run that fails is logged and tried again, later and later up to a minute. One that takes longer than `limit_seconds`
    counts as hung: systemd's watchdog then restarts the worker. In maintenance only a job that `goes_on` runs. `begin` is called
    once when a worker takes over from another, before any job runs.
    """

    name: str
    every_seconds: float
    run: Callable[[], object]
    limit_seconds: float = 120.0
    goes_on: bool = False
    begin: Callable[[], object] | None = None


class WorkerBeat(Base):
    """The worker's sign of life; one row."""

    __tablename__ = "worker_beats"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    beat_at: Mapped[datetime] = mapped_column(Instant)
    began_at: Mapped[datetime] = mapped_column(Instant)


@dataclass
class Lane:
    """A job in its thread, until `stop` is set."""

    job: Job
    stop: threading.Event
    running_since: float | None = None
    failures: int = 0
    thread: threading.Thread | None = field(default=None, repr=False)

    def start(self, app: Flask) -> None:
        """Begin to run the job, at once and then again and again."""
        self.thread = threading.Thread(target=self._serve, args=(app,), name=self.job.name, daemon=True)
        self.thread.start()

    def join(self, seconds: float) -> None:
        """Wait for the run under way to end; one that hangs is left to its fate."""
        if self.thread is not None:
            self.thread.join(seconds)

    def _serve(self, app: Flask) -> None:
        while not self.stop.is_set():
            self.running_since = time.monotonic()
            try:
                with app.app_context():
                    if self.job.goes_on or maintenance.current() is None:
                        self.job.run()
                self.failures = 0
            except Exception:
                self.failures += 1
                log.exception("a job failed: %s", self.job.name)
            self.running_since = None
            pause = self.job.every_seconds * 2 ** min(self.failures, 10)
            self.stop.wait(min(pause, max(LONGEST_PAUSE_SECONDS, self.job.every_seconds)))

    def is_hung(self) -> bool:
        """Whether the run under way has taken longer than the job may."""
        since = self.running_since
        return since is not None and time.monotonic() - since > self.job.limit_seconds


def find_beat_age() -> float | None:
    """How many seconds ago the worker gave its last sign of life; None: never."""
    beat = db.session.get(WorkerBeat, 1)
    return (clock.now() - beat.beat_at).total_seconds() if beat else None


def run(app: Flask, jobs: tuple[Job, ...]) -> None:
    """Be the worker until SIGTERM or SIGINT. While another one is at work, or the database is away, wait and try again."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with app.app_context():
        engine = db.engine
    while not stop.is_set():
        try:
            with hold(engine) as mine:
                if mine is not None:
                    _work(app, jobs, stop, mine)
        except OperationalError:
            log.exception("the database did not answer")
        stop.wait(1.0)
    systemd.notify("STOPPING=1")


def _work(app: Flask, jobs: tuple[Job, ...], stop: threading.Event, mine: StillMine) -> None:
    began = clock.now()
    for job in jobs:
        if job.begin is not None:
            with app.app_context():
                job.begin()
    _beat(app, began)
    pause = threading.Event()
    lanes = [Lane(job, pause) for job in jobs]
    for lane in lanes:
        lane.start(app)
    systemd.notify("READY=1")
    try:
        while not stop.wait(BEAT_SECONDS) and mine():
            _beat(app, began)
            hung = [lane.job.name for lane in lanes if lane.is_hung()]
            if hung:
                log.error("jobs hang: %s", ", ".join(hung))
            else:
                systemd.notify("WATCHDOG=1")
    finally:
        pause.set()
        until = time.monotonic() + STOP_SECONDS
        for lane in lanes:
            lane.join(max(0.0, until - time.monotonic()))


def _beat(app: Flask, began_at: datetime) -> None:
    with app.app_context():
        db.session.merge(WorkerBeat(id=1, beat_at=clock.now(), began_at=began_at))
        db.session.commit()
