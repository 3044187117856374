"""The secret of the voter's browser, from which receipts and the sealing of drafts come. It is kept nowhere else."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import timedelta

from flask import Response, after_this_request, g

from app.core import cookies

NAME = "civic_ballot"
KEPT = timedelta(days=90)


def find_key() -> bytes | None:
    """The browser's secret, if it has one."""
    if "ballot_key" in g:
        return bytes(g.ballot_key)
    try:
        key = base64.urlsafe_b64decode(cookies.read(NAME))
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == 32 else None


def ensure_key() -> bytes:
    """The browser's secret; one is drawn and handed over in a cookie if it has none."""
    key = find_key()
    if key is None:
        key = g.ballot_key = secrets.token_bytes(32)
        after_this_request(_hand_over)
    return key


def _hand_over(answer: Response) -> Response:
    cookies.hand_over(answer, NAME, base64.urlsafe_b64encode(g.ballot_key).decode(), KEPT)
    return answer
