"""Delivery: hands the letters of the outbox to the council's mail server, one by one, and writes each outcome down at once."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from flask import current_app

from app.core import clock, held, outbox
from app.core.db import db
from app.core.outbox import OutboxMessage
from app.settings import Settings

BATCH = 10
RUN_SECONDS = 5.0
GIVE_UP = timedelta(days=3)
LONGEST_WAIT = timedelta(minutes=15)


class ServerAway(Exception):
    """The mail server does not answer, closes the connection or refuses the site itself: no fault of a letter."""


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: `sent`, `refused` for good, or `later`; `answer` is the server's word."""

    state: str
    answer: str


def deliver(timeout_seconds: float = 20.0) -> int:
    """Send what is due, batch after batch, for some seconds at most so that the worker can stop; returns how many left.

    Where the settings hold all mail, codes still expire and nothing is sent.
    Raises: ServerAway, with all letters kept.
    """
    settings: Settings = current_app.config["CIVIC"]
    left, until = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < until:
        outbox.expire()
        claimed = [] if held.is_all_held() else outbox.claim(BATCH)
        db.session.commit()
        if not claimed:
            return left
        if settings.trial:
            _keep_in_mailbox(claimed)
        else:
            _send_batch(settings, claimed, timeout_seconds)
        left += len(claimed)
    return left


def compose(settings: Settings, message: OutboxMessage) -> bytes:
    """The bytes of the letter as they go over the wire."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(settings.site_name, addr_spec=settings.sender)
    mail["To"] = Address(addr_spec=message.recipient)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = message.message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail.as_bytes()


def _keep_in_mailbox(claimed: list[OutboxMessage]) -> None:
    # A trial has no mail server: the letter is "sent" to the mail box page, which reads it from here.
    for message in claimed:
        outbox.finish(message, "sent")
    db.session.commit()


def _send_batch(settings: Settings, claimed: list[OutboxMessage], timeout_seconds: float) -> None:
    waiting = list(claimed)
    try:
        with _connection(settings, timeout_seconds) as server:
            while waiting:
                message = waiting[0]
                if message.expires_at is None or message.expires_at > clock.now():
                    _record(message, _send(server, settings, message))
                waiting.pop(0)
    except (ServerAway, OSError, smtplib.SMTPException) as fault:
        answer = _describe(fault)
        _put_back(waiting, answer)
        raise ServerAway(answer) from fault


def _put_back(waiting: list[OutboxMessage], answer: str) -> None:
    for message in waiting:
        message.state, message.lease_until = "waiting", None
    if waiting:
        waiting[0].attempts += 1  # it may be the one that the server chokes on: the others go first
        waiting[0].answer = answer
        waiting[0].next_at = clock.now() + _wait(waiting[0].attempts)
    db.session.commit()


@contextmanager
def _connection(settings: Settings, timeout_seconds: float) -> Iterator[smtplib.SMTP]:
    secure = ssl.create_default_context()
    host, port, own = settings.smtp_host, settings.smtp_port, settings.hostname
    if settings.smtp_security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own, timeout=timeout_seconds, context=secure)
    else:
        server = smtplib.SMTP(host, port, own, timeout=timeout_seconds)
    try:
        if settings.smtp_security == "starttls":
            server.starttls(context=secure)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        yield server
        server.quit()
    finally:
        server.close()


def _send(server: smtplib.SMTP, settings: Settings, message: OutboxMessage) -> Outcome:
    words: bytes | str
    try:
        content = compose(settings, message)
        message.recipient.encode("ascii")
    except ValueError as fault:  # one letter that cannot be written must not hold up the others for ever
        return Outcome("refused", _describe(fault))
    try:
        server.sendmail(settings.sender, [message.recipient], content)
    except smtplib.SMTPRecipientsRefused as refused:
        code, words = refused.recipients[message.recipient]
    except smtplib.SMTPDataError as refused:
        code, words = refused.smtp_code, refused.smtp_error
    else:
        return Outcome("sent", "250")
    text = f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"[:300]
    if code == 421:
        raise ServerAway(text)
    return Outcome("refused" if code >= 500 else "later", text)


def _record(message: OutboxMessage, outcome: Outcome) -> None:
    now = clock.now()
    message.attempts += 1
    message.answer, message.lease_until = outcome.answer, None
    if outcome.state == "later" and now - message.created_at < GIVE_UP:
        message.state, message.next_at = "waiting", now + _wait(message.attempts)
    else:
        outbox.finish(message, "sent" if outcome.state == "sent" else "refused")
    db.session.commit()


def _wait(attempts: int) -> timedelta:
    return min(LONGEST_WAIT, timedelta(seconds=15 * 2 ** min(attempts - 1, 10)))


def _describe(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {fault}"[:300]
