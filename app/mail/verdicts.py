"""Whose fault a mail server's "no" is: the address's, for good or for now, or none of the address's doing.

Only faults of the address speak against it. A server that refuses the sender, the content, the pace or to relay says nothing
of whether somebody reads what arrives there.
"""

from __future__ import annotations

import re
from enum import StrEnum


class Verdict(StrEnum):
    """What an answer says of the address."""

    HARD = "hard"
    """There is no such mailbox."""
    SOFT = "soft"
    """It takes nothing at present, or the answer can be read both ways."""
    NONE = ""
    """Nothing: the fault is the letter's, the site's or a server's."""


class Stage(StrEnum):
    """When the answer came."""

    RECIPIENT = "recipient"
    LETTER = "letter"
    """After the letter itself: a server that has looked at it."""
    REPORT = "report"
    """In a report, later: another server's last word, after days of trying when it begins with 4."""


_ANSWER = re.compile(r"\s*(?:([245])\d\d)?[ -]?\s*(?:([245])\.(\d{1,3})\.(\d{1,3})\b)?")
_BARE = re.compile(r"\s*([245]\d\d)\b")
_HARD = {(1, 1), (1, 2), (1, 3), (1, 6), (1, 10), (2, 1)}
"""Subjects and details of RFC 3463, 5248 and 7505: no such mailbox, domain or form of address, moved, takes no mail, disabled."""
_SOFT = {(2, 1), (2, 2), (4, 1), (4, 4)}
"""Disabled for now, full, no answer, no way there; some servers say 5.4.1 where they mean that there is no such mailbox."""
_UNTOLD = {(0, 0), (1, 0), (2, 0)}
_VAGUE = {(3, 0), (5, 0)}
"""With 552 and 554, what large providers say where they mean that there is no such mailbox; and they say it of all else too."""
_VAGUE_CODES = {"552", "554"}
_ITS_OWN = {"450", "452", "550", "551", "553"}
_MAILBOX = re.compile(
    r"\b(no such|unknown|user|mailbox|recipient|addressee|destinataire|account|does ?n.t exist|not exist|undeliverable)\b"
)
_GONE = re.compile(
    r"no such|unknown|unavailable|not found|disabled|inactive|archiv|does ?n.t (exist|have)|not exist"
)
_FULL = re.compile(r"\bfull\b|quota|storage")
_POLICY = re.compile(
    r"relay|spam|block|polic|denied|reputation|listed|\bspf\b|dkim|dmarc|content|\brate\b|too many|gr[ae]ylist"
    r"|authenti|sender|\bhelo\b|reverse|virus|try again|sign ?in"
)


def judge(answer: str, stage: Stage) -> Verdict:
    """What an answer such as `550 5.1.1 No such user here` says of the address it was given to.

    Without an enhanced status code (RFC 3463), or with one that tells nothing, its words decide; after the letter, nothing does.
    """
    found = _ANSWER.match(answer)
    _, kind, subject, detail = found.groups() if found else (None,) * 4
    code = (int(subject or 0), int(detail or 0))
    if code in _UNTOLD or (kind == "5" and code in _VAGUE):
        return _by_words(answer, stage, is_vague=code in _VAGUE)
    if kind == "5" and code in _HARD:
        return Verdict.HARD
    if kind == "4" and code[0] == 4 and stage is not Stage.REPORT:
        return Verdict.NONE  # the council's own mail server cannot get through just now
    if code in _SOFT or (kind == "4" and code in _HARD):
        return Verdict.SOFT
    return Verdict.NONE


def _by_words(answer: str, stage: Stage, *, is_vague: bool) -> Verdict:
    bare, words = _BARE.match(answer), answer.lower()
    number = bare[1] if bare else ""
    is_vague = is_vague or number in _VAGUE_CODES
    if stage is Stage.LETTER or _POLICY.search(words) or (number and number not in _ITS_OWN | _VAGUE_CODES):
        return Verdict.NONE
    is_final, names_mailbox = answer.lstrip().startswith("5"), _MAILBOX.search(words) is not None
    if names_mailbox and is_final:
        if _FULL.search(words):
            return Verdict.SOFT
        if not is_vague or _GONE.search(words):
            return Verdict.HARD
    return Verdict.SOFT if not is_vague and (is_final or names_mailbox) else Verdict.NONE
