"""How secrets are drawn and how they are kept: as hashes keyed with the site's key, which is not in the database."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from app.core.seal import site_secret

RECOVERY_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"  # without i l o 0 1, which people misread


def draw_token() -> str:
    """256 random bits, fit for an address."""
    return secrets.token_urlsafe(32)


def draw_handle() -> str:
    """128 random bits, fit for an address."""
    return secrets.token_urlsafe(16)


def draw_code() -> str:
    """Six random digits."""
    return f"{secrets.randbelow(1_000_000):06d}"


def draw_recovery_code() -> str:
    """Ten signs in two groups, such as `k7m2p-x9w4t` (49 bits)."""
    signs = [secrets.choice(RECOVERY_SIGNS) for _ in range(10)]
    return "".join(signs[:5]) + "-" + "".join(signs[5:])


def keep(kind: str, secret: str) -> str:
    """What is stored of a secret of this kind; without the site's key a copy of the database does not reveal six digits."""
    return hmac.new(site_secret(), f"{kind}:{secret}".encode(), hashlib.sha256).hexdigest()


def is_kept(kind: str, secret: str, kept: str) -> bool:
    """Whether the secret is the one kept, in constant time."""
    return hmac.compare_digest(keep(kind, secret), kept)


def totp_secret(seed: str) -> str:
    """The base32 secret of a TOTP app, derived from its seed and the site's key."""
    digest = hmac.new(site_secret(), b"totp:" + seed.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:20]).decode()
