"""Browsers known here: a mark of the addresses a browser has signed in with, so that strangers cannot use up its codes.

The mark (OWASP calls it a device cookie) signs nobody in. It holds a random number and, for each address, a keyed hash of both:
nobody can make one for another address, and no address can be read from it.
"""

from __future__ import annotations

import re
from datetime import timedelta

from werkzeug.wrappers import Response

from app.core import cookies
from app.sign_in.keeping import draw_handle, is_kept, keep

NAME = "civic_known"
KEPT = timedelta(days=365)
MOST = 4
"""Addresses a browser is known with; the one used longest ago leaves first."""
_SHAPE = re.compile(r"[\w-]{22}(\.[0-9a-f]{64}){1,4}", re.ASCII)


def is_known(normalized: str) -> bool:
    """Whether this browser has signed in with the address before."""
    number, *hashes = _parts()
    return any(is_kept("known", f"{number}:{normalized}", one) for one in hashes)


def remember(answer: Response, normalized: str) -> None:
    """Hand the browser its mark after it signed in with the address."""
    number, *hashes = _parts()
    new = keep("known", f"{number}:{normalized}")
    rest = [one for one in hashes if one != new]
    cookies.hand_over(answer, NAME, ".".join([number, new, *rest][: MOST + 1]), KEPT)


def _parts() -> list[str]:
    given = cookies.read(NAME)
    return given.split(".") if _SHAPE.fullmatch(given) else [draw_handle()]
