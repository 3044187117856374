"""The keyed hashes under which a list keeps numbers and names. What they hang on lies outside the database (ADR 13).

A number is hashed under the list's own key, and that hash enciphered under the site's pepper. So another pepper can take the
place of the first without anybody's number: what the first one enciphered is deciphered and enciphered anew.
"""

from __future__ import annotations

from datetime import date
from hashlib import blake2b
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import current_app
from sqlalchemy import func, select

from app.census.errors import KeysRenewed, NoSuchList
from app.census.models import CensusList
from app.core import seal
from app.core.db import ask, db

LENGTH = 16
_LIST: Any = CensusList.__table__
_SEALED = select(_LIST.c.id, _LIST.c.sealed_key)
_LOCK = func.hashtext("civic.census.keys")


class OtherPepper(Exception):
    """None of the site's peppers is the one with which this list's key was sealed."""


class Keys:
    """Hashes for one list: the same number on two lists has two hashes.

    `sealed` is the list's key, readable with a pepper; None for a list without, whose key comes from the site's secret.
    Raises: OtherPepper.
    """

    def __init__(self, list_id: int, sealed: bytes | None) -> None:
        self.pepper = ""
        self._cipher: Any = None
        if sealed is None:
            self.own_key = seal.derive_key(seal.site_secret(), f"census:{list_id}")
            return
        self.pepper, self.own_key = _open(list_id, sealed)
        self._cipher = _cipher(list_id, self.pepper)
        self._encipher = self._cipher.encryptor().update

    @classmethod
    def held(cls, list_id: int) -> Keys:
        """The keys of a list, which stay as they are until this transaction ends. Raises: KeysRenewed, NoSuchList."""
        hold()
        found = ask(_SEALED.where(_LIST.c.id == list_id)).first()
        if found is None:
            raise NoSuchList
        return cls(*found)

    def of(self, text: str) -> bytes:
        """16 bytes that only this site's keys make of `text`."""
        bare = blake2b(text.encode(), digest_size=LENGTH, key=self.own_key).digest()
        return self.enciphered(bare) if self._cipher else bare

    def check(self) -> bytes:
        """Tells these keys from others."""
        return self.of("check|")

    def of_identity(self, identity: str) -> bytes:
        """The hash under which a person is known again."""
        return self.of(f"identity|{identity}")

    def of_family(self, born: date | int, name: str) -> bytes:
        """The hash of a family name. It is hashed with the birth, so that equal names of two people give two hashes."""
        return self.of(f"family|{born}|{name}")

    def of_given(self, born: date | int, name: str) -> bytes:
        """The hash of given names, likewise."""
        return self.of(f"given|{born}|{name}")

    def enciphered(self, bare: bytes) -> bytes:
        """Hashes, one after the other, as they are kept."""
        return bytes(self._encipher(bare)) if self._cipher else bare

    def bare(self, kept: bytes) -> bytes:
        """Hashes without the pepper, which never leave this process."""
        return bytes(self._cipher.decryptor().update(kept)) if self._cipher else kept


def hold() -> None:
    """No list gets other keys until this transaction ends. Raises: KeysRenewed at once, while one gets them.

    SQLite lets one write at a time, and whoever needs keys is about to write.
    """
    if db.session.get_bind().dialect.name != "postgresql":
        return
    if not ask(select(func.pg_try_advisory_xact_lock_shared(_LOCK, 0))).scalar_one():
        raise KeysRenewed


def hold_alone() -> None:
    """Wait until nobody needs the keys as they are; whoever asks for them from now on is told to come back."""
    if db.session.get_bind().dialect.name == "postgresql":
        ask(select(func.pg_advisory_xact_lock(_LOCK, 0)))


def peppers() -> tuple[str, ...]:
    """The site's peppers: the one for what is hashed from now on, and while it is renewed the one before. None at first."""
    found: tuple[str, ...] = current_app.config["CIVIC"].census_pepper
    return found


def sealed_with(pepper: str, list_id: int, own_key: bytes) -> bytes:
    """A list's own key as it is kept."""
    return seal.seal(_sealing_key(list_id, pepper), own_key)


def _open(list_id: int, sealed: bytes) -> tuple[str, bytes]:
    for pepper in peppers():
        try:
            return pepper, seal.unseal(_sealing_key(list_id, pepper), sealed)
        except seal.Unreadable:
            continue
    raise OtherPepper


def _sealing_key(list_id: int, pepper: str) -> bytes:
    return seal.derive_key(pepper.encode(), f"census-key:{list_id}")


def _cipher(list_id: int, pepper: str) -> Any:
    key = seal.derive_key(pepper.encode(), f"census-pepper:{list_id}")
    # One block is one hash: no block says anything about another, which is what this mode is feared for.
    return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305
