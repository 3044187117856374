"""The address that a letter comes back to: each letter has its own, so that whatever comes back tells which letter it was.

It holds the letter's number and a seal over the letter's own words, no address. The seal covers the reader's address too: where a
restored site gives a number away a second time, a late report of the first letter is not taken for one of the second.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from hashlib import blake2b

from flask import current_app

from app.core.db import db
from app.mail.keys import key_for
from app.mail.outbox import Leased, OutboxMessage
from app.settings import Settings

_SEAL_BYTES = 10
_TOKEN = r"\+([0-9]{1,18})-([a-z2-7]{16})@"  # noqa: S105 - a pattern


def return_path(settings: Settings, letter: Leased | OutboxMessage) -> str:
    """Where this letter comes back to; the sender's own address where the settings have none for it."""
    if not settings.mail_bounces:
        return settings.sender
    local, _, domain = settings.mail_bounces.rpartition("@")
    return f"{local}+{letter.id}-{_seal(letter)}@{domain}"


def find_letter(address: str) -> OutboxMessage | None:
    """The letter whose return path this is, or holds among other words; None for one never given, or a letter forgotten."""
    settings: Settings = current_app.config["CIVIC"]
    local, _, domain = settings.mail_bounces.lower().rpartition("@")
    found = re.search(
        rf"(?<![\w.+-]){re.escape(local)}{_TOKEN}{re.escape(domain)}(?![\w.-])", address.lower()
    )
    if not settings.mail_bounces or found is None:
        return None
    letter = db.session.get(OutboxMessage, min(int(found[1]), 2**31 - 1))
    return letter if letter is not None and hmac.compare_digest(_seal(letter), found[2]) else None


def _seal(letter: Leased | OutboxMessage) -> str:
    words = f"{letter.id}|{letter.message_id}|{letter.recipient}".encode()
    return (
        b32encode(blake2b(words, digest_size=_SEAL_BYTES, key=key_for("return-path")).digest())
        .decode()
        .lower()
    )
