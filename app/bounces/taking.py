"""Letters that come back: what a report says is held against the letter and its address, if the letter is ours.

Reports come by the command `take-bounce`, from a folder that the host's mail server fills, or from a mailbox that is asked.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app

from app.bounces import reports, round_trip
from app.core.db import db
from app.mail import outbox, suppression
from app.mail.return_paths import find_letter
from app.mail.verdicts import Stage, judge
from app.settings import Settings

IMAP_SECONDS = 30.0
MOST_AT_ONCE = 500
"""Reports of one run, so that the worker can stop between."""


def take(content: bytes, recipient: str = "") -> str:
    """Take in one message; returns what came of it: an outcome, "known already", "no report", "round trip" or "not ours".

    `recipient` is whom it was delivered to, if the mail server says so. A message that carries no return path of a letter of ours
    changes nothing, whatever it says.
    """
    report = reports.read(content)
    candidates = (recipient, *report.return_paths)
    letter = next((found for one in candidates if (found := find_letter(one)) is not None), None)
    if letter is None:
        return "not ours"
    if round_trip.is_one(letter.key) and report.kind in ("", "delivered"):
        outbox.note_outcome(letter.id, "delivered", "")
        return "round trip"
    if not report.kind:
        return "no report"
    if not outbox.note_outcome(letter.id, report.kind, suppression.masked(report.answer)):
        return "known already"
    if report.kind == "complained":
        suppression.suppress(letter.recipient, "complaint", report.answer)
    elif report.kind == "bounced":
        suppression.note_failure(letter.recipient, judge(report.answer, Stage.REPORT), report.answer)
    return report.kind


def take_from_folder() -> int:
    """Take in what the host's mail server has put into its folder (a maildir); returns how many messages."""
    waiting = sorted((folder() / "new").glob("*"))[:MOST_AT_ONCE]
    for path in waiting:
        with path.open("rb") as file:
            take(file.read(reports.MOST_BYTES))
        db.session.commit()
        path.unlink()
    return len(waiting)


def take_from_mailbox() -> int:
    """Take in what lies in the mailbox of the settings, and delete it there; returns how many messages.

    Raises: OSError or imaplib.IMAP4.error when the mailbox cannot be read; what was not taken in stays there.
    """
    settings: Settings = current_app.config["CIVIC"]
    if not settings.bounces_imap_host:
        return 0
    with _mailbox(settings) as box:
        _, found = box.uid("SEARCH", "UNDELETED")
        numbers = (found[0] or b"").split()[:MOST_AT_ONCE]
        for number in (one.decode("ascii") for one in numbers):
            said, parts = box.uid("FETCH", number, f"(BODY.PEEK[]<0.{reports.MOST_BYTES}>)")
            if said != "OK":
                continue  # the server cannot read it now: it stays there
            for part in parts:
                if isinstance(part, tuple):
                    take(part[1])
            db.session.commit()
            box.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)")
        box.expunge()
    return len(numbers)


def folder() -> Path:
    """Where the host's mail server puts what comes back."""
    state: Path = current_app.config["CIVIC"].state_dir
    return state / "bounces"


@contextmanager
def _mailbox(settings: Settings) -> Iterator[imaplib.IMAP4_SSL]:
    secure = ssl.create_default_context()
    host, port = settings.bounces_imap_host, settings.bounces_imap_port
    with imaplib.IMAP4_SSL(host, port, ssl_context=secure, timeout=IMAP_SECONDS) as box:
        box.login(settings.bounces_imap_user, settings.bounces_imap_password)
        said, _ = box.select("INBOX")
        if said != "OK":
            raise imaplib.IMAP4.error("the mailbox has no INBOX")
        yield box
