"""The links at the end of a letter: who reads it, and which letters these are, signed so that nobody can make one for another.

They need no sign-in and have no end: whoever wants to stop letters must be able to, years later (RFC 8058; GDPR, article 7 (3)).
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from flask import current_app

from app.core.errors import NotFound
from app.core.seal import derive_key
from app.mail.letters import link
from app.people.purposes import BY_KEY

_HERE = "HERE"
_FORM = re.compile(r"([0-9]{1,9})-([a-z]+)-([0-9]{1,9})-([A-Za-z0-9_-]{22})")


@dataclass(frozen=True)
class Choice:
    """What a link stands for: a reader, the purpose of the letter, and the mailing that it came with."""

    person_id: int
    purpose: str
    mailing_id: int


@dataclass(frozen=True)
class Links:
    """The addresses of a letter: to stop these letters, and to choose among all."""

    stop: str
    choices: str


def links(person_id: int, purpose: str, mailing_id: int, language: str) -> Links:
    """The addresses for one reader's copy."""
    token = _write(Choice(person_id, purpose, mailing_id))
    kept: dict[str, Links] = current_app.extensions.setdefault("civic.mail_choices", {})
    if (
        language not in kept
    ):  # to make an address anew for every reader takes longer than all the rest of a copy
        where = {"lang": language, "token": _HERE}
        kept[language] = Links(link("mail_choices.stop", **where), link("mail_choices.choose", **where))
    forms = kept[language]
    return Links(forms.stop.replace(_HERE, token), forms.choices.replace(_HERE, token))


def read(token: str) -> Choice:
    """What the link of a letter stands for. Raises: NotFound for one that this site did not write."""
    found = _FORM.fullmatch(token)
    if found is None:
        raise NotFound
    choice = Choice(int(found[1]), found[2], int(found[3]))
    if choice.purpose not in BY_KEY or not hmac.compare_digest(_write(choice), token):
        raise NotFound
    return choice


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    return derive_key(secret.encode(), "mail choices")


def _write(choice: Choice) -> str:
    said = f"{choice.person_id}-{choice.purpose}-{choice.mailing_id}"
    signed = hmac.new(_key(current_app.config["CIVIC"].secret_key), said.encode(), sha256).digest()[:16]
    return f"{said}-{urlsafe_b64encode(signed).decode().rstrip('=')}"
