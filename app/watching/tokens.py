"""The addresses of a watched letter: which mailing, whose copy, which link, signed so that nobody can make one for another."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from app.core.errors import NotFound
from app.mail.keys import key_for
from app.mail.letters import link

_FORM = re.compile(r"([0-9]{1,9})-([0-9]{1,9})-([0-9]{1,4})-([A-Za-z0-9_-]{22})")


@dataclass(frozen=True)
class Seen:
    """What an address stands for: the picture (`rules.PICTURE`) or a link in one reader's copy."""

    mailing_id: int
    person_id: int
    number: int


def address(seen: Seen, language: str) -> str:
    """The address of the picture or of a link."""
    endpoint = "watching.follow" if seen.number else "watching.picture"
    return link(endpoint, lang=language, token=_write(seen))


def read(token: str) -> Seen:
    """What an address stands for. Raises: NotFound for one that this site did not write."""
    found = _FORM.fullmatch(token)
    if found is None:
        raise NotFound
    seen = Seen(int(found[1]), int(found[2]), int(found[3]))
    if not hmac.compare_digest(_write(seen), token):
        raise NotFound
    return seen


def _write(seen: Seen) -> str:
    said = f"{seen.mailing_id}-{seen.person_id}-{seen.number}"
    signed = hmac.new(key_for("watching"), said.encode(), sha256).digest()[:16]
    return f"{said}-{urlsafe_b64encode(signed).decode().rstrip('=')}"
