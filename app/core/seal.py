"""Sealing small things (AES-256-GCM), so that rows, and whatever a database leaves behind of them, say nothing.

A sealed thing carries no time (unlike Fernet's tokens) and its length is rounded up, so that it does not tell how much it holds.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

BLOCK = 512
_NONCE = 12


class Unreadable(Exception):
    """The key does not open it: another key sealed it, or it was changed."""


def site_secret() -> bytes:
    """The site's secret key as bytes; it is in no database."""
    return str(current_app.config["SECRET_KEY"]).encode()


def derive_key(secret: bytes, purpose: str) -> bytes:
    """32 bytes for one purpose; keys of different purposes say nothing about each other (RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"civic:{purpose}".encode()).derive(secret)


def seal(key: bytes, content: bytes) -> bytes:
    """`content` readable with `key` only."""
    framed = len(content).to_bytes(4, "big") + content
    padded = framed + bytes(-len(framed) % BLOCK)
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, padded, None)


def unseal(key: bytes, sealed: bytes) -> bytes:
    """What `seal` was given. Raises: Unreadable."""
    try:
        framed = AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except (InvalidTag, ValueError) as wrong:
        raise Unreadable from wrong
    return framed[4 : 4 + int.from_bytes(framed[:4], "big")]
