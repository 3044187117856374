"""Receipts, sealing and the count chain: pure functions over bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core import seal

BATCH = 20
CODE_LENGTH = 20
_ALPHABET = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True)
class Ballot:
    """A ballot as the box keeps it: a random id, what was chosen, and the hash of its receipt."""

    id: str
    choices: str
    receipt_hash: str


@dataclass(frozen=True)
class Counts:
    """How many people are on the online roll, and how many ballots are in the hopper and in the box."""

    roll: int
    hopper: int
    box: int

    @property
    def agree(self) -> bool:
        """Whether nobody's ballot is missing and none is there without a voter (guarantees I1)."""
        return self.roll == self.hopper + self.box


@dataclass(frozen=True)
class Statement:
    """What a link of the count chain states."""

    process: int
    number: int
    at: datetime
    roll: int
    hopper: int
    box: int
    root: str
    previous: str
    is_final: bool

    def as_bytes(self) -> bytes:
        """The bytes that are signed: JSON with sorted keys, without spaces, times in ISO 8601."""
        content = asdict(self) | {"at": self.at.isoformat()}
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of those bytes; the next link names it."""
        return hashlib.sha256(self.as_bytes()).hexdigest()


def _code(secret: bytes, words: str, length: int) -> str:
    digest = hmac.new(secret, words.encode(), hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode().translate(_ALPHABET)[:length]
    return "-".join(letters[at : at + 4] for at in range(0, length, 4))


def receipt_code(key: bytes, process_id: int, person_id: int) -> str:
    """The voter's receipt, from the key that only the voter's browser keeps: 100 bits, never stored, the same each time."""
    return _code(key, f"receipt:{process_id}:{person_id}", CODE_LENGTH)


def reference(secret: bytes, process_id: int, person_id: int) -> str:
    """A short number by which the voter can speak about having voted; it has nothing to do with the ballot."""
    return _code(secret, f"reference:{process_id}:{person_id}", 8)


def clean_code(typed: str) -> str:
    """A receipt as typed, in the form in which it is hashed: `o` is read as 0, `i` and `l` as 1, signs between are dropped."""
    letters = re.sub(r"[^0-9A-Z]", "", typed.upper()[:200]).translate(str.maketrans("OIL", "011"))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def receipt_hash(code: str) -> str:
    """What the box keeps of a receipt: SHA-256 of the code, in hex."""
    return hashlib.sha256(code.encode()).hexdigest()


def hopper_id(code: str) -> str:
    """Where the hopper keeps the ballot of this receipt until the worker takes it; says nothing about the box."""
    return hmac.new(code.encode(), b"hopper", hashlib.sha256).hexdigest()[:32]


def seal_ballot(key: bytes, ballot: Ballot) -> bytes:
    """The ballot as the hopper keeps it."""
    return seal.seal(key, json.dumps([ballot.id, ballot.choices, ballot.receipt_hash]).encode())


def open_ballot(keys: Sequence[bytes], sealed: bytes) -> Ballot:
    """Back from `seal_ballot`, by whichever of the keys it was sealed with. Raises: seal.Unreadable."""
    for key in keys:
        with suppress(seal.Unreadable):
            return Ballot(*json.loads(seal.unseal(key, sealed)))
    raise seal.Unreadable


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Root of the hash tree over the leaves in this order (RFC 6962 hashing; an odd one is carried up), whatever their number.

    Of what has been read only whole trees of growing height are kept, never the leaves.
    """
    trees: list[tuple[int, bytes]] = []
    for leaf in leaves:
        height, right = 0, hashlib.sha256(b"\x00" + leaf).digest()
        while trees and trees[-1][0] == height:
            height, right = height + 1, _node(trees.pop()[1], right)
        trees.append((height, right))
    if not trees:
        return hashlib.sha256(b"").hexdigest()
    _, root = trees.pop()
    while trees:
        root = _node(trees.pop()[1], root)
    return root.hex()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def box_root(ballots: Iterable[Ballot]) -> str:
    """The hash tree's root over the box in the order of its random ids, in which it must be given (queries.iter_box)."""
    return merkle_root(
        json.dumps([one.id, one.choices, one.receipt_hash]).encode() for one in _rising(ballots)
    )


def _rising(ballots: Iterable[Ballot]) -> Iterator[Ballot]:
    last = ""
    for one in ballots:
        if one.id <= last:
            raise ValueError("the box is not in the order of its ids")
        last = one.id
        yield one


def sign(secret: bytes, statement: Statement) -> str:
    """Ed25519 signature of the statement, in hex."""
    return _signer(secret).sign(statement.as_bytes()).hex()


def public_key(secret: bytes) -> str:
    """The key with which scrutineers check the chain, in hex."""
    return _signer(secret).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def is_signed(public: str, statement: Statement, signature: str) -> bool:
    """Whether the site with that key made this statement."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signature), statement.as_bytes()
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def _signer(secret: bytes) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(seal.derive_key(secret, "count-chain"))
