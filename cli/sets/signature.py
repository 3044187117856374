"""The signature of a set: whoever made it knew the password of the recovery card. To be readable shows nothing of that.

`age` encrypts to a public key, so anybody who can write to a medium can lay a set of their own there (docs/adr/0012).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.errors import PreflightRefused
from cli.sets import manifest

NAME = "signature"
"""Of the field of manifest.json; everything else in that file is what is signed, whichever release wrote it."""
_OTHERWISE = (
    "If you know where it comes from, take it without: --unsigned. If not, take another set: civic sets"
)


def of(facts: Mapping[str, Any], password: str) -> str:
    """The signature of a manifest's facts: HMAC-SHA256 with a key that serves nothing else."""
    key = hmac.digest(password.encode(), b"civic: signature of a backup set", "sha256")
    signed = {name: fact for name, fact in facts.items() if name != NAME}
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, text.encode(), "sha256").hex()


def require(folder: Path, password: str) -> None:
    """See that a set was made by a host that knew this password. Comes before anything else that the set says is believed.

    Raises: PreflightRefused; DamagedSet when there is no manifest.
    """
    facts = manifest.facts(folder)
    if not password:
        raise PreflightRefused(
            "There is no password to tell by whether the set is the site's own.",
            f"Write the card's line CIVIC_BACKUP_PASSWORD=… into the key file. {_OTHERWISE}",
        )
    found = facts.get(NAME)
    if not found:
        raise PreflightRefused(
            "The set is not signed: a release made it that did not sign yet, or somebody else.", _OTHERWISE
        )
    if not hmac.compare_digest(str(found).encode(), of(facts, password).encode()):
        raise PreflightRefused(
            "The set is signed with another password: it is of another site, of before the password changed, or a forgery.",
            f"Name the recovery card that was good when it was made: --key-file FILE. {_OTHERWISE}",
        )
