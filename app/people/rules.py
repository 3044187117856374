"""What an address and a name must be, before any table is asked."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_ADDRESS = 254
LONGEST_NAME = 80
LONGEST_TAG = 40
LONGEST_LINE = 60
MOST_LINES = 6
LONGEST_TYPED = 1_000
"""Nothing longer is looked at: Unicode normalization takes the square of the time for a run of combining marks (A41)."""

_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LINKABLE = re.compile(r"[.\u3002\uff0e\uff61](?=[^\W\d_]{2,})|:(?=//)")
"""Where mail programs see a link: before a word after a dot, and in `://`."""
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def normalize_address(typed: str) -> str | None:
    """The one form under which an e-mail address is known, or None when mail could not reach it.

    Lower case throughout (no provider of note tells local parts apart by case), the domain in its ASCII form. Plus-parts and
    dots stay: whether they mean the same mailbox is the provider's affair.
    """
    if len(typed) > LONGEST_TYPED:
        return None
    text = unicodedata.normalize("NFC", typed.strip())
    local, at, domain = text.rpartition("@")
    if not at or len(local) > 64 or not _LOCAL.fullmatch(local):
        return None
    try:
        ascii_domain = _in_ascii(domain).lower()
    except UnicodeError:
        return None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    address = f"{local.lower()}@{ascii_domain}"
    return address if len(address) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=4096)
def _in_ascii(domain: str) -> str:
    # A mailing asks for the domains of a hundred thousand addresses, which are few.
    return domain.encode("idna").decode()


def mail_address(typed: str) -> str:
    """Where mail goes that is meant for a usable address: the part before @ as typed, the domain in its ASCII form."""
    local, _, domain = unicodedata.normalize("NFC", typed.strip()).rpartition("@")
    return f"{local}@{_in_ascii(domain)}"


def clean_name(typed: str) -> str | None:
    """A display name with single spaces, possibly empty; None when it is too long or holds control characters."""
    if len(typed) > LONGEST_TYPED:
        return None
    name = " ".join(unicodedata.normalize("NFC", typed).split(" ")).strip()
    if len(name) > LONGEST_NAME or any(
        unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in name
    ):
        return None
    return re.sub(r" {2,}", " ", name)


def unlinked(text: str) -> str:
    """Somebody's own words for a letter to others: no mail program makes a link of them (A11)."""
    return _LINKABLE.sub(r"\g<0> ", text)


def clean_tag(typed: str) -> str | None:
    """A tag in lower case with single spaces; None when it is empty, too long or holds control characters."""
    name = clean_name(typed)
    return name.casefold() if name and len(name) <= LONGEST_TAG else None


def clean_phone(typed: str) -> str | None:
    """A telephone number as people read it, with single spaces, or empty; None when it is not one (E.164: at most 15 digits)."""
    text = " ".join(re.sub(r"[-./()\u00a0\u202f]", " ", typed[:LONGEST_TYPED]).split())
    digits = text.replace(" ", "").removeprefix("+")
    if not text:
        return ""
    return text if digits.isascii() and digits.isdigit() and 6 <= len(digits) <= 15 else None


def clean_postal(typed: str) -> str | None:
    """The lines of a postal address, or empty; None when there are too many, one is too long or holds control characters."""
    if len(typed) > LONGEST_TYPED:
        return None
    lines = [clean_name(line) for line in typed.splitlines() if line.strip()]
    kept = [line for line in lines if line is not None and len(line) <= LONGEST_LINE]
    return "\n".join(kept) if len(kept) == len(lines) <= MOST_LINES else None
