"""The keyed hashes under which a list keeps numbers and names. The key is the site's, outside the database (ADR 13)."""

from __future__ import annotations

from hashlib import blake2b

from flask import current_app

from app.census.rules import Row, name_key
from app.core import seal

LENGTH = 16


class Keys:
    """Hashes for one list: the same number on two lists has two hashes."""

    def __init__(self, list_id: int) -> None:
        secret = str(current_app.config["SECRET_KEY"]).encode()
        self._key = seal.derive_key(secret, f"census:{list_id}")

    def of(self, text: str) -> bytes:
        """16 bytes that only this site's key makes of `text`."""
        return blake2b(text.encode(), digest_size=LENGTH, key=self._key).digest()

    def check(self) -> bytes:
        """Tells this key from another one."""
        return self.of("check|")

    def of_identity(self, identity: str) -> bytes:
        """The hash under which a person is known again."""
        return self.of(f"identity|{identity}")

    def of_names(self, row: Row) -> tuple[bytes, bytes, bytes]:
        """Family name, family name in use (empty when there is none), given names."""
        born = row.birth_on or row.birth_year
        used = self.of(name_key("family", born, row.used_family)) if row.used_family else b""
        return (
            self.of(name_key("family", born, row.family)),
            used,
            self.of(name_key("given", born, row.given)),
        )
