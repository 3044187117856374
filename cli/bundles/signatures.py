"""Signatures by `ssh-keygen -Y`: made with any SSH key, also one on a hardware token; checked on every Debian."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cli import run
from cli.bundles import keys as folder_of_keys
from cli.bundles.keys import Keys
from cli.bundles.refusal import BundleRefused
from cli.errors import WrongUse

BUNDLE = "civic-bundle"
CHANNEL = "civic-channel"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


@dataclass(frozen=True)
class Signer:
    """Who signed: the name that the keys give them, empty for nobody known, and the key's fingerprint."""

    name: str
    fingerprint: str

    def __str__(self) -> str:
        return f"{self.name or 'an unknown key'} ({self.fingerprint})"


def sign(text: bytes, key: Path, namespace: str) -> bytes:
    """The signature of `text` with a private key, or with the agent's key whose public half `key` is.

    Raises: WrongUse with ssh-keygen's words.
    """
    with folder_of_keys.temporary_folder() as folder:
        file = Path(folder, "text")
        file.write_bytes(text)
        done = run.capture(["ssh-keygen", "-q", "-Y", "sign", "-n", namespace, "-f", key, file])
        if not done.ok:
            raise WrongUse(f"{key} does not sign: {done.last_words}", "--key FILE, a private SSH key")
        return Path(folder, "text.sig").read_bytes()


def check(text: bytes, signatures: Mapping[str, bytes], keys: Keys, namespace: str) -> list[Signer]:
    """Who signed `text`; enough of those whom the keys name.

    Raises: BundleRefused: UNSIGNED, DAMAGED, REVOKED_KEY, UNKNOWN_KEY, THRESHOLD, NO_KEYS.
    """
    if not keys.signers:
        raise BundleRefused("NO_KEYS", "there is no key yet to check it by.")
    if not signatures:
        raise BundleRefused("UNSIGNED", "nobody has signed it.")
    if not text.isascii():
        raise BundleRefused("DAMAGED", "its list is not text.")
    signers: list[Signer] = []
    with folder_of_keys.temporary_folder() as name:
        folder = folder_of_keys.laid_out(keys, Path(name))
        file = folder / "text"
        file.write_bytes(text)
        for label, signature in signatures.items():
            (folder / "signature").write_bytes(signature)
            signers.append(_signer(_Question(folder, text.decode("ascii"), namespace), label, signature))
    known = {signer.name for signer in signers if signer.name}
    if not known:
        shown = ", ".join(signer.fingerprint for signer in signers)
        raise BundleRefused("UNKNOWN_KEY", f"it is signed by {shown}, and by none of the keys trusted here.")
    if len(known) < keys.threshold:
        raise BundleRefused(
            "THRESHOLD", f"it is signed by {', '.join(sorted(known))}; {keys.threshold} signers are needed."
        )
    return signers


@dataclass(frozen=True)
class _Question:
    """A folder with keys and one signature, and what is said to be signed."""

    folder: Path
    text: str
    namespace: str

    def ask(self, verb: str, *words: str) -> run.Finished:
        """ssh-keygen's answer."""
        command = [
            "ssh-keygen",
            "-Y",
            verb,
            "-n",
            self.namespace,
            "-s",
            str(self.folder / "signature"),
            *words,
        ]
        return run.capture(command, stdin=self.text)


def _signer(question: _Question, label: str, signature: bytes) -> Signer:
    whole = question.ask("check-novalidate") if _is_in_order(signature) else None
    if whole is None or not whole.ok:
        raise BundleRefused("DAMAGED", f"its list is not what {label} signed: one of them was changed.")
    match = re.search(r"SHA256:\S+", whole.out)
    fingerprint = match.group() if match else "?"
    allowed = ["-f", str(question.folder / "allowed_signers")]
    found = question.ask("find-principals", *allowed)
    name = found.out.strip().splitlines()[0] if found.ok and found.out.strip() else ""
    if not name or not question.ask("verify", *allowed, "-I", name).ok:
        return Signer("", fingerprint)
    if not question.ask("verify", *allowed, "-I", name, "-r", str(question.folder / "revoked_keys")).ok:
        raise BundleRefused(
            "REVOKED_KEY", f"it is signed by {name} with a key that is revoked ({fingerprint})."
        )
    return Signer(name, fingerprint)


def _is_in_order(signature: bytes) -> bool:
    """Whether it is written as ssh-keygen writes it: no byte of it can be another."""
    try:
        lines = signature.decode("ascii").splitlines()
        raw = base64.b64decode("".join(lines[1:-1]), validate=True)
    except (UnicodeDecodeError, binascii.Error):
        return False
    inner = base64.b64encode(raw).decode()
    body = "".join(f"{inner[at : at + 70]}\n" for at in range(0, len(inner), 70))
    return signature.decode("ascii") == f"{_BEGIN}\n{body}{_END}\n"
