"""The way to the council's mail server: a connection, the bytes of a letter, and what the server says to it."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from app.core import clock
from app.core.db import db
from app.mail import circulars
from app.mail.circulars import Circular, Form
from app.mail.outbox import Leased
from app.mail.verdicts import Stage, Verdict, judge
from app.settings import Settings

_ADDRESS = re.compile(r"[!#-'*+/-9=?A-Z^-~.\-]+@[A-Za-z0-9.\-]+|[!#-'*+/-9=?A-Z^-~.\-]+@\[[0-9A-Fa-f:.]+\]")
"""What stands between < and > without more ado; addresses with other signs the site does not take in."""
_ACCEPTED = (250, 251)
_SEVEN_BITS = SMTP.clone(cte_type="7bit")
"""A server takes bytes above 127 only if it says so, and is told of each letter that has them (RFC 6152)."""


class ServerAway(Exception):
    """The mail server does not answer, closes the connection or refuses the site itself: no fault of a letter."""


@dataclass(frozen=True)
class Outcome:
    """What became of one attempt: `sent`, `refused` for good, or `later`; `answer` is the server's word.

    `verdict` is what that says of the address.
    """

    state: str
    answer: str
    verdict: Verdict = Verdict.NONE


class Writer:
    """Writes letters out; what the copies of a circular have in common it writes once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._forms: dict[int, Form] = {}

    def write(self, message: Leased) -> bytes:
        """The bytes of a letter as they go over the wire.

        Raises: ValueError or KeyError for a letter that cannot be written.
        """
        if message.circular_id is not None:
            date = format_datetime(
                clock.now()
            )  # of a pause of days nothing shows; filters mistrust old letters
            form = self._form(message.circular_id)
            return form.fill(message.recipient, message.message_id, date, message.fields or {})
        mail = EmailMessage(policy=_SEVEN_BITS)
        mail["From"] = Address(self._settings.site_name, addr_spec=self._settings.sender)
        mail["To"] = Address(addr_spec=message.recipient)
        mail["Subject"] = message.subject
        mail["Date"] = format_datetime(message.created_at)
        mail["Message-ID"] = message.message_id
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(message.text)
        return mail.as_bytes()

    def _form(self, circular_id: int) -> Form:
        if circular_id not in self._forms:
            circular = db.session.get(Circular, circular_id)
            if circular is None:
                raise ValueError("its circular is gone")
            self._forms[circular_id] = circulars.prepare(self._settings, circular)
        return self._forms[circular_id]


@contextmanager
def connect(settings: Settings, timeout_seconds: float) -> Iterator[smtplib.SMTP]:
    """A connection to the mail server, signed in if the settings say so."""
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
        with suppress(
            smtplib.SMTPException, OSError
        ):  # all letters are handed over: how it says good-bye is no matter
            server.quit()
    finally:
        server.close()


def send(
    server: smtplib.SMTP, sender: str, writer: Writer, message: Leased, taking_seconds: float
) -> Outcome:
    """Hand one letter over. After its last line the server may take so long to answer: it looks at the letter first.

    Raises: ServerAway, OSError or smtplib.SMTPException when the connection is of no more use; the letter then waits.
    """
    try:
        if not _ADDRESS.fullmatch(message.recipient):
            raise ValueError("not an address that mail can be sent to")
        content = writer.write(message)
    except (
        ValueError,
        KeyError,
    ) as fault:  # one letter that cannot be written must not hold up the others for ever
        return Outcome("refused", describe(fault))
    code, words, stage = _hand_over(server, sender, message.recipient, content, taking_seconds)
    if code == 250:
        return Outcome("sent", "250")
    text = f"{code} {words.decode(errors='replace')}"[:300]
    if code == 421:
        raise ServerAway(text)
    return Outcome("refused" if code >= 500 else "later", text, judge(text, stage))


def _hand_over(
    server: smtplib.SMTP, sender: str, recipient: str, content: bytes, taking_seconds: float
) -> tuple[int, bytes, Stage]:
    """The answer that decides: to the recipient if it is a no, else to the letter. In two turns if the server can (RFC 2920)."""
    lines = (f"MAIL FROM:<{sender}>", f"RCPT TO:<{recipient}>", "DATA")
    server.ehlo_or_helo_if_needed()
    if server.has_extn("pipelining"):
        server.send("".join(f"{line}\r\n" for line in lines))
        of_sender, of_recipient, ready = (server.getreply() for _ in lines)
    else:
        of_sender, of_recipient = server.docmd(lines[0]), server.docmd(lines[1])
        ready = server.docmd(lines[2]) if of_recipient[0] in _ACCEPTED else of_recipient
    refused = next((one for one in (of_recipient, ready) if one[0] not in (*_ACCEPTED, 354)), None)
    if ready[0] == 354:  # the server reads a letter now, even one to nobody
        body = content.replace(b"\r\n.", b"\r\n..")
        server.send(b".\r\n" if refused else body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        answer = _wait_for_answer(server, taking_seconds)
    if of_sender[0] != 250:
        raise ServerAway(f"{sender}: {of_sender[0]} {of_sender[1].decode(errors='replace')}"[:300])
    if refused or answer[0] != 250:
        server.rset()
    stage = Stage.LETTER if of_recipient[0] in _ACCEPTED else Stage.RECIPIENT
    return *(refused or answer), stage


def _wait_for_answer(server: smtplib.SMTP, seconds: float) -> tuple[int, bytes]:
    if server.sock:
        server.sock.settimeout(seconds)
    answer = server.getreply()
    if server.sock:
        server.sock.settimeout(server.timeout)
    return answer


def describe(fault: BaseException) -> str:
    """A fault in one line, for the outbox."""
    return f"{type(fault).__name__}: {fault}"[:300]
