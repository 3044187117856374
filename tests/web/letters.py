"""What a test reads in the letters that the site has written."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.mail.outbox import OutboxMessage


def texts_to(app: Flask, address: str) -> list[str]:
    """The texts of the letters to this address, oldest first."""
    with app.app_context():
        found = (
            select(OutboxMessage.text).where(OutboxMessage.recipient == address).order_by(OutboxMessage.id)
        )
        return list(db.session.scalars(found))


def count_by_state() -> dict[str, int]:
    """How many letters are in which state."""
    rows = db.session.execute(select(OutboxMessage.state, func.count()).group_by(OutboxMessage.state))
    return {state: number for state, number in rows}


def code_in(text: str) -> str:
    """The six digits of a letter."""
    found = re.search(r"^\s+(\d{6})\s*$", text, re.MULTILINE)
    assert found, text
    return found.group(1)


def link_in(text: str) -> str:
    """The path of the first link of a letter that leads to a page below the first one."""
    found = re.search(r"https://participe\.valclair\.example/\S+", text)
    assert found, text
    return urlsplit(found.group(0)).path
