"""Lives of codes and links, and what may be typed or asked for, before any table is asked."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core.throttle import Limit

CODE_LIFE = timedelta(minutes=15)
CODE_TRIES = 5
LINK_LIFE = timedelta(days=3)
RECOVERY_CODES = 10

CODES_PER_ADDRESS = Limit("codes for an address", 10, 86_400)
CODES_PER_ACCOUNT = Limit("codes for an account", 10, 86_400)
CODES_TO_STRANGERS = Limit("codes for an address, for browsers not known", 7, 86_400)
CODES_PER_STRANGER = Limit("codes for an address, for browsers not known of one network", 4, 86_400)
"""So three are left for a browser in which the owner has signed in before, and one stranger leaves three for any browser."""
CODES_PER_NETWORK = Limit("codes from a network", 300, 3_600)
TRIES_PER_NETWORK = Limit("codes tried from a network", 600, 3_600)
TRIES_PER_PERSON = Limit("second factors tried", 10, 3_600)
LINKS_PER_NETWORK = Limit("one-time links tried from a network", 100, 3_600)
WRONG_ALARM = Limit("wrong codes on the whole site", 200, 3_600)
"""A town library is one network: limits for networks stop floods, those for addresses and codes stop guessing."""

_PLAIN_PATH = re.compile(
    r"/[A-Za-z]{2}(/[A-Za-z0-9._~!$'()*+,;=:@%-]*)*(\?[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)?"
)
_HIDDEN = re.compile(r"%(2[ef]|5c|0[0-9a-f]|1[0-9a-f]|7f|25)", re.IGNORECASE)


def local_path(wanted: str, otherwise: str) -> str:
    """`wanted` if it is the address of a page of this site (`/fr/…`), else `otherwise` (A27).

    A strict list of signs rather than a parser: browsers read `//`, `\\`, tabs and encoded slashes in ways that parsers do not.
    """
    path = wanted.partition("?")[0]
    plain = len(wanted) <= 500 and _PLAIN_PATH.fullmatch(wanted) and "//" not in path and "/." not in path
    return wanted if plain and not _HIDDEN.search(path) else otherwise


def clean_digits(typed: str) -> str:
    """The digits of what was typed; people add spaces, dots and dashes."""
    return re.sub(r"[\s.\-\u2010-\u2015]", "", typed)


def clean_recovery_code(typed: str) -> str:
    """The recovery code as it was drawn: lower case, two groups."""
    signs = clean_digits(typed).lower()
    return f"{signs[:5]}-{signs[5:]}"
