"""The keys that a bundle is trusted by: a folder with those who may sign, how many must, and the keys that are revoked."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import run
from cli.errors import WrongUse

PINNED = Path("/etc/civic/keys")
FILES = ("allowed_signers", "threshold", "revoked_keys")


@dataclass(frozen=True)
class Keys:
    """`allowed_signers` and `revoked_keys` as ssh-keygen(1) reads them; `threshold`: how many signers a bundle needs."""

    allowed_signers: str
    threshold: int = 1
    revoked_keys: str = ""

    @property
    def signers(self) -> list[str]:
        """The lines that name a signer."""
        return _lines(self.allowed_signers)

    def files(self) -> dict[str, str]:
        """The files of the folder, by name."""
        return dict(zip(FILES, (self.allowed_signers, f"{self.threshold}\n", self.revoked_keys), strict=True))

    def fingerprints(self) -> list[str]:
        """A line a key, for people to compare: `SHA256:… anne@valclair.example`."""
        found = []
        for line in self.signers:
            words = line.split()
            start = next(
                (n for n, word in enumerate(words) if re.match(r"(sk-)?(ssh|ecdsa)-", word)), len(words)
            )
            said = run.capture(
                ["ssh-keygen", "-l", "-f", "-"], stdin=" ".join(words[start : start + 2]) + "\n"
            )
            found.append(f"{(said.out.split() + ['', '?'])[1]} {words[0]}")
        return found


def from_files(texts: Mapping[str, str]) -> Keys:
    """Keys from the texts of a folder's files.

    Raises: WrongUse when they cannot be used.
    """
    threshold = texts.get("threshold", "").strip() or "1"
    signers = texts.get("allowed_signers", "")
    if not threshold.isdigit() or not 1 <= int(threshold) <= max(len(_lines(signers)), 1):
        raise WrongUse(
            f"The threshold of the keys is {threshold!r}; it must be a number from 1 to the number of signers.",
            "Correct the file threshold in the folder of keys.",
        )
    return Keys(signers, int(threshold), texts.get("revoked_keys", ""))


def load(folder: Path) -> Keys:
    """The keys of a folder.

    Raises: WrongUse when there are none.
    """
    try:
        texts = {
            name: (folder / name).read_text(encoding="utf-8") for name in FILES if (folder / name).exists()
        }
    except (OSError, UnicodeDecodeError) as wrong:
        raise WrongUse(f"The keys in {folder} cannot be read: {wrong}", "--keys FOLDER") from None
    if "allowed_signers" not in texts:
        raise WrongUse(
            f"{folder} holds no file allowed_signers.", "--keys FOLDER, with the file allowed_signers in it"
        )
    return from_files(texts)


def laid_out(keys: Keys, folder: Path) -> Path:
    """The files of the keys, written into `folder`."""
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for name, text in keys.files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """A private folder that is gone afterwards."""
    return tempfile.TemporaryDirectory(prefix="civic-keys-")


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
