"""A letter to the operator, handed straight to the mail server: the site, its worker and its database may be down."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from app import settings
from cli import clock

SECONDS = 20.0
DEFAULTS = {settings.env_name(one.name): one.metadata["default"] or "" for one in settings.declared()}


def send(given: Mapping[str, str], subject: str, text: str) -> None:
    """Send `text` to CIVIC_ADMIN_EMAIL. The settings are taken as they are: one that is wrong must not silence the alert.

    Raises: OSError (smtplib's errors are such) when the mail server does not take it.
    """
    known = {**DEFAULTS, **given}
    host = known["CIVIC_HOSTNAME"]
    sender = known["CIVIC_MAIL_FROM"] or f"civic@{host}"
    recipient = known["CIVIC_ADMIN_EMAIL"]
    letter = _letter(known, sender, recipient, (subject, text))
    with _server(known, host) as server:
        server.sendmail(sender, [recipient], letter)


def trial_letter(known: Mapping[str, str], sender: str, recipient: str) -> bytes:
    """A letter that is sent to see whether it arrives."""
    site = known["CIVIC_SITE_NAME"]
    text = f"If you read this, letters of {site} ({known['CIVIC_HOSTNAME']}) arrive here.\n\nNothing needs to be done.\n"
    return _letter(known, sender, recipient, (f"{site}: do letters arrive?", text))


def _letter(known: Mapping[str, str], sender: str, recipient: str, words: tuple[str, str]) -> bytes:
    subject, text = words
    letter = EmailMessage(policy=SMTP)
    letter["From"] = Address(known["CIVIC_SITE_NAME"], addr_spec=sender)
    letter["To"] = recipient
    letter["Subject"] = " ".join(subject.split())[:200]
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = make_msgid(domain=known["CIVIC_HOSTNAME"])
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(text)
    return letter.as_bytes()


@contextmanager
def _server(known: Mapping[str, str], own: str) -> Iterator[smtplib.SMTP]:
    host, port, how = known["CIVIC_SMTP_HOST"], int(known["CIVIC_SMTP_PORT"]), known["CIVIC_SMTP_SECURITY"]
    secure = ssl.create_default_context()
    if how == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, own, timeout=SECONDS, context=secure)
    else:
        server = smtplib.SMTP(host, port, own, timeout=SECONDS)
    with server:
        if how == "starttls":
            server.starttls(context=secure)
        if known["CIVIC_SMTP_USER"]:
            server.login(known["CIVIC_SMTP_USER"], known["CIVIC_SMTP_PASSWORD"])
        yield server
