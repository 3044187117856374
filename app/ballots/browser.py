"""The secret of the voter's browser, from which receipts and the sealing of drafts come. It is kept nowhere else."""

from __future__ import annotations

import base64
import binascii
import secrets

from flask import Response, after_this_request, current_app, g, request

NAME = "civic_ballot"
KEPT_SECONDS = 90 * 24 * 3600


def find_key() -> bytes | None:
    """The browser's secret, if it has one."""
    if "ballot_key" in g:
        return bytes(g.ballot_key)
    try:
        key = base64.urlsafe_b64decode(request.cookies.get(_name(), ""))
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
    answer.set_cookie(
        _name(),
        base64.urlsafe_b64encode(g.ballot_key).decode(),
        max_age=KEPT_SECONDS,
        path="/",
        secure=_is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def _is_secure() -> bool:
    return bool(current_app.config["CIVIC"].base_url.startswith("https:"))


def _name() -> str:
    return f"__Host-{NAME}" if _is_secure() else NAME
