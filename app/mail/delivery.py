"""Delivery: hands the letters of the outbox to the council's mail server and notes each outcome before the next letter.

Codes have a connection of their own; other letters have one, or as many as the settings allow.
"""

from __future__ import annotations

import smtplib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache

from blinker import Signal
from flask import Flask, current_app

from app.core import clock
from app.core.db import db
from app.mail import away, held, outbox, suppression, taken
from app.mail.outbox import Lane, Leased
from app.mail.paces import DomainPaces, Pace, wait_after
from app.mail.return_paths import return_path
from app.mail.taken import Taken, noting
from app.mail.transport import Outcome, ServerAway, Writer, connect, describe, send
from app.mail.warming import WarmUp
from app.settings import Settings

OTHERS = (Lane.NOTICES, Lane.MAILINGS)
RUN_SECONDS = 15.0
GIVE_UP, FEWEST_ATTEMPTS = timedelta(days=3), 100
"""Both: a letter may have waited for days, in a pause or behind a hundred thousand others, before it was tried at all."""
REPLY_SECONDS = 20.0
TAKING_SECONDS = 600.0
"""For the answer to a whole letter (RFC 5321, 4.5.3.2.6): who gives up on a server that is looking at it sends it twice."""
CODE_TAKING_SECONDS = 60.0
"""A code waits no longer: those behind it are wanted now, and it is worthless in minutes."""
FIRST_BATCH, LARGEST_BATCH = 10, 200
BATCH_SECONDS = 1.0
"""About as long one batch shall take: a notice need not wait long behind mailings that are claimed already."""
leaving = Signal(
    "Copies of mailings are about to leave (`letters`); a receiver returns the ids of those whose readers want none by now."
)
_turns, _warm_up = DomainPaces(), WarmUp()
_pace_of = cache(Pace)
"""One for the process: a new run goes on at the pace of the last."""


def take_over() -> None:
    """For the one worker at its start: whoever leased letters is gone. What the mail server took of them is sent."""
    _settle()
    outbox.release(all_of_them=True)
    db.session.commit()


def deliver_codes() -> int:
    """Send the codes that are due: a mailing, however long, does not hold one up."""
    return deliver((Lane.CODES,), taking_seconds=CODE_TAKING_SECONDS)


def deliver(
    lanes: tuple[Lane, ...] = OTHERS,
    reply_seconds: float = REPLY_SECONDS,
    taking_seconds: float = TAKING_SECONDS,
) -> int:
    """Send what is due, batch after batch, for some seconds at most so that the worker can stop; returns how many were tried.

    Where the settings hold all mail, codes still expire and nothing is sent.
    Raises: ServerAway, with all letters kept.
    """
    settings: Settings = current_app.config["CIVIC"]
    if lanes == OTHERS:
        _settle()
    outbox.expire()
    outbox.release()
    db.session.commit()
    if held.is_all_held():
        return 0
    if settings.trial:
        return _keep_in_mailbox(lanes)
    run = Run(settings, lanes, reply_seconds, taking_seconds)
    if lanes != OTHERS or settings.mail_connections == 1:
        return run.serve(min(lanes))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    with ThreadPoolExecutor(settings.mail_connections, "mail") as pool:
        return sum(pool.map(lambda place: run.serve_in(app, place), range(1, settings.mail_connections + 1)))


def _keep_in_mailbox(lanes: tuple[Lane, ...]) -> int:
    # A trial has no mail server: the letter is "sent" to the mail box page, which reads it from here.
    claimed = _keep_back(outbox.claim(lanes, LARGEST_BATCH))
    for message in claimed:
        outbox.finish(message, "sent")
    db.session.commit()
    return len(claimed)


class Run:
    """Some seconds of delivery, over one connection or several at a time."""

    def __init__(
        self, settings: Settings, lanes: tuple[Lane, ...], reply_seconds: float, taking_seconds: float
    ) -> None:
        self.settings, self.lanes = settings, lanes
        self.reply_seconds, self.taking_seconds = reply_seconds, taking_seconds
        self.until = time.monotonic() + RUN_SECONDS
        self.pace = _pace_of(settings.mail_per_minute)
        _turns.forget(clock.now())

    def serve_in(self, app: Flask, place: int) -> int:
        """One connection's part, in a thread of its own."""
        with app.app_context():
            return self.serve(place)

    def serve(self, place: int) -> int:
        """The part of the connection with this number; returns how many letters it tried."""
        tried, most, is_connected = 0, FIRST_BATCH, False
        waiting = self._claim(most)
        if not waiting:
            return 0
        writer = Writer(self.settings)
        try:
            with connect(self.settings, self.reply_seconds) as server, noting(place) as notes:
                is_connected = True
                while waiting:
                    begun, size = time.monotonic(), len(waiting)
                    self._send_batch(server, writer, waiting, notes)
                    size -= len(waiting)
                    tried += size
                    self._let_wait(waiting)
                    if time.monotonic() >= self.until:
                        break
                    fitting = int(BATCH_SECONDS * size / max(time.monotonic() - begun, 0.001))
                    most = max(1, min(LARGEST_BATCH, 2 * most, fitting))
                    waiting = self._claim(most)
        except (ServerAway, OSError, smtplib.SMTPException) as fault:
            answer = describe(fault)
            away.note()
            if is_connected and waiting:  # it may be the one that the server chokes on: the others go first
                _record(waiting.pop(0), Outcome("later", answer))
            self._let_wait(waiting, "" if is_connected else suppression.masked(answer))
            db.session.commit()
            raise ServerAway(answer) from fault
        return tried

    def _claim(self, most: int) -> list[Leased]:
        while claimed := self._lease(most):
            due = [message for message in _keep_back(claimed) if self._has_its_turn(message)]
            db.session.commit()
            if due or time.monotonic() >= self.until:
                return due
        return []

    def _lease(self, most: int) -> list[Leased]:
        # Of mailings no more than the pace lets leave soon: what is leased neither pause nor stop reaches.
        claimed = outbox.claim([lane for lane in self.lanes if lane != Lane.MAILINGS], most)
        if Lane.MAILINGS in self.lanes:
            room = self.pace.fitting(most - len(claimed), BATCH_SECONDS)
            claimed += outbox.claim((Lane.MAILINGS,), room)
        return claimed

    def _has_its_turn(self, message: Leased) -> bool:
        if message.lane != Lane.MAILINGS:
            return True
        per_minute, now = self.settings.mail_per_domain_per_minute, clock.now()
        at = _turns.turn(message, per_minute, now) if per_minute else now
        if at <= now and self.settings.mail_warm_up:
            at = _warm_up.turn(message.domain, now)
        if at > now:
            outbox.defer(message, at)
        return at <= now

    def _send_batch(self, server: smtplib.SMTP, writer: Writer, waiting: list[Leased], notes: Taken) -> None:
        """Send until the run is over, or until other connections have taken the pace; who is left stays in `waiting`."""
        size = len(waiting)
        try:
            while waiting and self._keeps_the_pace(waiting[0]):
                self._send(server, writer, waiting[0], notes)
                waiting.pop(0)
                if time.monotonic() >= self.until:
                    break
        finally:
            if len(waiting) < size:
                away.note_answer()
            outbox.finish_sent(notes.numbers)
            db.session.commit()
            notes.clear()

    def _let_wait(self, waiting: list[Leased], answer: str = "") -> None:
        for message in waiting:
            outbox.put_back(message, answer)
            if self.settings.mail_warm_up and message.lane == Lane.MAILINGS:
                _warm_up.give_back(message.domain)
        if waiting:
            db.session.commit()
            waiting.clear()

    def _keeps_the_pace(self, message: Leased) -> bool:
        return message.lane != Lane.MAILINGS or self.pace.wait(BATCH_SECONDS)

    def _send(self, server: smtplib.SMTP, writer: Writer, message: Leased, notes: Taken) -> None:
        if message.expires_at is not None and message.expires_at <= clock.now():
            return
        outcome = send(server, return_path(self.settings, message), writer, message, self.taking_seconds)
        if message.lane == Lane.MAILINGS and outcome.state == "sent":
            notes.add(message.id)
        else:
            _record(message, outcome)


def _settle() -> None:
    numbers = taken.left_over()
    if numbers:
        outbox.finish_sent(numbers)
        db.session.commit()
        taken.drop_left_over()


def _keep_back(claimed: list[Leased]) -> list[Leased]:
    """Those that may leave. Asked here and not when they were written: an address may have come to be suppressed since.

    Or a reader has said no in the same moment in which their copy was written.
    """
    reasons = suppression.which(one.recipient for one in claimed if one.lane != Lane.CODES)
    kept = {one.id for one in claimed if _is_kept_back(one, reasons.get(one.recipient))}
    outbox.keep_back(list(kept))
    letters = [one for one in claimed if one.lane == Lane.MAILINGS and one.id not in kept]
    unwanted = {number for _, numbers in leaving.send(letters=letters) for number in numbers}
    outbox.keep_back(list(unwanted), "unwanted")
    return [one for one in claimed if one.id not in kept | unwanted]


def _is_kept_back(message: Leased, reason: str | None) -> bool:
    if reason is None or message.lane == Lane.CODES:
        return False
    return message.lane == Lane.MAILINGS or reason == "hard"


def _record(message: Leased, outcome: Outcome) -> None:
    now, answer = clock.now(), suppression.masked(outcome.answer)  # it is kept longer than the address
    is_young = now - message.created_at < GIVE_UP or message.attempts < FEWEST_ATTEMPTS
    if outcome.state == "later" and is_young:
        outbox.try_later(message, now + wait_after(message.attempts + 1), answer)
    else:
        outbox.finish(message, "sent" if outcome.state == "sent" else "refused", answer)
        if outcome.state != "sent":
            suppression.note_failure(message.recipient, outcome.verdict, outcome.answer)
    db.session.commit()
