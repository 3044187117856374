"""What people write differently and mean the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

KEPT = 50_000
"""Names come again and again in a register: so many are remembered."""
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=KEPT)
def normalized(name: str) -> str:
    """A name without what people write differently: case, accents, hyphens, apostrophes, double spaces.

    "D’Agostino-Núñez" and "D AGOSTINO NUNEZ" become the same.
    """
    text = name.casefold()
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = "".join(sign for sign in plain if not unicodedata.combining(sign)).translate(_LETTERS)
    return _APART.sub(" ", text).strip()
