"""Codes that are read from paper and typed: pure functions, but for the draw."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from app.core.throttle import Limit

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without 0 O 1 I L. They are 31, a prime: so the check sign finds each wrong sign and each two that changed places."""
LENGTH = 10
PRIME = len(ALPHABET)
PER_PERSON = Limit("paper codes typed by an account", 6, 3_600)
PER_NETWORK = Limit("paper codes typed from a network", 60, 3_600)
PER_INDEX = Limit("paper codes typed for an index", 1_000, 86_400)
"""An index is a number that anybody may name: few tries would let a few accounts lock letters; a code of 44 bits bears many."""
LONGEST = timedelta(days=366)
MOST_LETTERS = 2_000
"""In one file to print; each thousand takes a second and seven MB while it is written."""
_APART = re.compile(r"[\s\-–.]+")


def draw_code() -> str:
    """Nine signs by lot (44 bits) and the check sign."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return drawn + _check_sign(drawn)


def read_code(typed: str) -> str:
    """The code as it was drawn, however it was typed; empty when no letter has it."""
    code = _APART.sub("", typed).upper()
    is_possible = len(code) == LENGTH and all(sign in ALPHABET for sign in code)
    return code if is_possible and code[-1] == _check_sign(code[:-1]) else ""


def grouped(code: str) -> str:
    """`ABCDE-FGHJK`, as people read it."""
    return f"{code[:5]}-{code[5:]}"


def _check_sign(signs: str) -> str:
    """The tenth sign makes the sum of place times value divide by 31."""
    total = sum(place * ALPHABET.index(sign) for place, sign in enumerate(signs, 1))
    return ALPHABET[-total * pow(LENGTH, -1, PRIME) % PRIME]
