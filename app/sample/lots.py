"""Chance that falls the same way each time: every trial town is the same."""

from __future__ import annotations

import hashlib


def draw(words: str) -> int:
    """A number below 2**48 that follows from the words."""
    return int.from_bytes(hashlib.sha256(words.encode()).digest()[:6], "big")
