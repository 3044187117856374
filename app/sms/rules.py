"""How long a text is as SMS, where it goes, and what a provider's answer means. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

MOST_PARTS = 3
"""Of one message with the address at its end. Each part costs, and some networks lose one."""
MOST_PEOPLE = 5_000
GIVES_UP = timedelta(days=1)
"""After so long without the provider's yes a message is old, and is not sent."""
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_TYPOGRAPHY = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ", "\u202f": " "}
)


class Standing(StrEnum):
    """What became of one reader's message."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    TOO_LATE = "too-late"
    NO_CONSENT = "no-consent"
    NO_NUMBER = "no-number"
    STOPPED = "stopped"


class Answer(StrEnum):
    """What a provider's answer means: it took the message; it never will; ask again later; ask for none at all before."""

    SENT = "sent"
    REFUSED = "refused"
    LATER = "later"
    AWAY = "away"


@dataclass(frozen=True)
class Length:
    """A text as SMS: how many parts, and whether it needs signs of 16 bits, of which fewer fit."""

    parts: int
    is_wide: bool


def measure(text: str) -> Length:
    """How many parts a text takes (GSM 03.38: 160 signs, 153 in each of several; UCS-2: 70 and 67)."""
    is_wide = not set(text) <= _BASIC | _EXTENDED
    one, many = (70, 67) if is_wide else (160, 153)
    sizes = [_size(sign, is_wide) for sign in text]
    if sum(sizes) <= one:
        return Length(1, is_wide)
    parts, left = 1, many
    for size in sizes:  # a sign of two places is not torn apart
        if size > left:
            parts, left = parts + 1, many
        left -= size
    return Length(parts, is_wide)


def plain(text: str) -> str:
    """The text with the signs that telephones have cheaply: straight quotes, short dashes, single line breaks."""
    lines = [" ".join(line.split()) for line in text.translate(_TYPOGRAPHY).splitlines()]
    return "\n".join(line for line in lines if line)


def text_for(texts: Mapping[str, str], language: str, offered: Sequence[str]) -> str:
    """What a reader of this language gets: theirs, else that of the site's first language in which it is written."""
    known = [language, *offered, *texts]
    return texts[next(one for one in known if one in texts)]


def international(phone: str, prefix: str) -> str | None:
    """A telephone number as networks want it, such as +33475000000; None for one that cannot be made so.

    `prefix` is the country's, for a number that is written as at home.
    """
    digits = re.sub(r"[^0-9+]", "", phone)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    elif not digits.startswith("+"):
        trunk = digits[1:] if digits.startswith("0") else digits
        digits = f"{prefix}{trunk}" if prefix else ""
    return digits if re.fullmatch(r"\+[1-9][0-9]{6,14}", digits) else None


def judge(status: int) -> Answer:
    """What the status of a provider's answer means.

    400, 410 and 422 are about this message. What is about the site itself (a wrong token, a wrong address) or about nobody is no
    reason to give a message up.
    """
    if 200 <= status < 300:
        return Answer.SENT
    if status in (400, 410, 422):
        return Answer.REFUSED
    return Answer.LATER if status == 409 else Answer.AWAY


def _size(sign: str, is_wide: bool) -> int:
    if is_wide:
        return 2 if ord(sign) > 0xFFFF else 1
    return 2 if sign in _EXTENDED else 1
