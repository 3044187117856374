"""The key of a store, read from the file that an operator kept: the recovery card, a password alone, or an identity of age."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import IO

from cli import run
from cli.errors import WrongUse
from cli.sets.stores.store import Keys

BALLOT_KEY = "CIVIC_BALLOT_KEY"
"""What opens the ballots of a set that wait to be carried into the box; no set holds it."""
_NAMED = re.compile(r"^\W*(CIVIC_B[A-Z0-9_]+)\s*=\s*[\"']?([^\"'\s]+)", re.MULTILINE)
_IDENTITY = re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{20,}\b")
_kept: list[IO[str]] = []
"""Keys of age in the form that it reads, in memory for root only, for as long as this process lives."""


def read(path: Path) -> Keys:
    """The keys in a file.

    Raises: WrongUse when it holds none.
    """
    text = _text(path)
    named = dict(_NAMED.findall(text))
    keys = Keys(
        password=named.get("CIVIC_BACKUP_PASSWORD", ""),
        s3_key_id=named.get("CIVIC_BACKUP_S3_KEY_ID", ""),
        s3_secret=named.get("CIVIC_BACKUP_S3_SECRET", ""),
    )
    identities = _IDENTITY.findall(text)
    if identities:
        keys = replace(keys, identity_file=_keep(identities))
    elif not named and len(text.split()) == 1:
        keys = replace(keys, password=text.strip())
    if not keys.password and keys.identity_file is None:
        raise WrongUse(
            f"{path} holds no key: neither a line CIVIC_BACKUP_PASSWORD=…, nor a password alone, nor a key of age.",
            "Name the recovery card's file: --key-file FILE",
        )
    return keys


def read_ballot_key(path: Path) -> dict[str, str]:
    """The ballot key in a file as a setting; none if it has none.

    Raises: WrongUse when the file cannot be read.
    """
    return {name: key for name, key in _NAMED.findall(_text(path)) if name == BALLOT_KEY}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(
            f"{path} cannot be read: {error}", "Name the recovery card's file: --key-file FILE"
        ) from None


def _keep(identities: list[str]) -> Path:
    file = tempfile.NamedTemporaryFile("w", prefix="civic-key-", dir="/run" if run.is_root() else None)  # noqa: SIM115 - read by age later
    file.write("\n".join([*identities, ""]))
    file.flush()
    _kept.append(file)
    return Path(file.name)
