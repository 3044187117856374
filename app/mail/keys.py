"""The site's keys for mail, drawn from its secret once a process."""

from __future__ import annotations

from flask import current_app

from app.core import seal


def key_for(purpose: str) -> bytes:
    """32 bytes for this purpose, outside the database."""
    kept: dict[str, bytes] = current_app.extensions.setdefault("civic.mail_keys", {})
    if purpose not in kept:
        kept[purpose] = seal.derive_key(seal.site_secret(), purpose)
    return kept[purpose]
