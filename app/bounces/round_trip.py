"""A letter of the site to itself: it leaves as every letter does, and when it comes in, what comes back is heard of as well."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import select

from app.bounces.errors import NoWayBack
from app.core.db import ask
from app.mail import outbox
from app.mail.letters import Letter
from app.mail.outbox import Lane, OutboxMessage

PREFIX = "round-trip:"


@dataclass(frozen=True)
class Trip:
    """How far it came: `state` and `outcome` of its letter ("delivered": it came in), the mail server's last word."""

    key: str
    state: str
    outcome: str
    answer: str


def begin() -> Trip:
    """Send a letter to the address that letters come back to. Raises: NoWayBack when the settings have none."""
    settings = current_app.config["CIVIC"]
    if not settings.mail_bounces:
        raise NoWayBack
    key = f"{PREFIX}{secrets.token_hex(8)}"
    words = f"{settings.site_name}: there and back"
    outbox.enqueue(
        Letter(words, "The site wrote this to itself.\n"), settings.mail_bounces, key=key, lane=Lane.CODES
    )
    return get(key)


def get(key: str) -> Trip:
    """How far the letter of this key came. Raises: NoWayBack when it is no such letter, or forgotten."""
    columns = (OutboxMessage.key, OutboxMessage.state, OutboxMessage.outcome, OutboxMessage.answer)
    row = ask(select(*columns).where(OutboxMessage.key == key)).first()
    if row is None or not is_one(row.key):
        raise NoWayBack
    return Trip(*row)


def is_one(key: str) -> bool:
    """Whether the letter of this key is such a one."""
    return key.startswith(PREFIX)
