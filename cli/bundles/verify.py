"""Look at a bundle: who signed it, what is in it, whether it is whole and of use here. Nothing of it is unpacked for that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cli import clock
from cli.bundles import archive, lock, signatures
from cli.bundles import manifest as manifests
from cli.bundles.archive import LONGEST_TEXT
from cli.bundles.keys import Keys, from_files
from cli.bundles.manifest import Manifest, Member
from cli.bundles.refusal import BundleRefused
from cli.bundles.signatures import Signer
from cli.errors import Failure

LOCK = "requirements.lock"
KEYS = "deploy/keys/"
Take = Callable[[Member], Callable[[bytes], object] | None]


@dataclass(frozen=True)
class Verified:
    """A bundle that was found good: its list, who signed it, the keys that it brings, its lock file."""

    file: Path
    manifest: Manifest
    signers: list[Signer]
    keys: Keys
    texts: dict[str, bytes]


def verify(file: Path, keys: Keys | None, newest: int = 0) -> Verified:
    """Look at the whole of `file`. `keys` None: those that it brings itself are taken, for a person to look at.

    `newest`: the counter of the newest bundle laid down here. A bundle that brings keys must be signed by enough
    of those as well, so that nobody locks himself out.

    Raises: BundleRefused.
    """
    with _opened(file) as stream:
        text, signed = read_front(stream)
        signers = signatures.check(text, signed, keys, signatures.BUNDLE) if keys is not None else []
        found = manifests.parse(text)
        _require_current(found, newest)
        texts = _walk(stream, found)
    brought = _keys_of(texts)
    by_its_own = (
        signatures.check(text, signed, brought, signatures.BUNDLE) if brought.signers or keys is None else []
    )
    _require_lock(found, texts[LOCK])
    return Verified(file, found, signers or by_its_own, brought, texts)


def _opened(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as wrong:
        raise BundleRefused("MISSING", f"{file} cannot be read: {wrong.strerror}.") from None


def front(file: Path) -> tuple[bytes, dict[str, bytes]]:
    """The text of the list and its signatures by name, unchecked.

    Raises: BundleRefused.
    """
    with _opened(file) as stream:
        return read_front(stream)


def read_front(stream: BinaryIO) -> tuple[bytes, dict[str, bytes]]:
    """The text of the list and its signatures by name, unchecked; the first member of the list comes next."""
    begin = stream.read(archive.BLOCK)
    stream.seek(0)
    if not begin:
        raise BundleRefused("TRUNCATED", "it is empty.")
    if not f"{manifests.NAME}\0".encode().startswith(begin[: len(manifests.NAME) + 1]):
        raise BundleRefused("NOT_A_BUNDLE", "it does not begin as a bundle does.")
    listed = archive.next_text(stream, manifests.NAME)
    assert listed is not None
    signed: dict[str, bytes] = {}
    while (found := archive.next_text(stream, manifests.SIGNATURES)) is not None:
        if found[0] != signature_name(len(signed)):
            raise BundleRefused("MEMBERS", f"{found[0]} stands where {signature_name(len(signed))} must.")
        signed[found[0]] = found[1]
    return listed[1], signed


def signature_name(number: int) -> str:
    """The name of a bundle's signature; the first is 0."""
    return f"{manifests.SIGNATURES}{number + 1:02d}.sig"


def _walk(stream: BinaryIO, found: Manifest) -> dict[str, bytes]:
    """Every member is as signed; returns the texts that are needed here."""
    listed = {member.name for member in found.members}
    texts: dict[str, bytes] = {}
    for member in found.members:
        archive.expect(stream, member.name, member.size, listed)
        if member.name == LOCK or member.name.startswith(KEYS) or member.name == "NOTES.md":
            if member.size > LONGEST_TEXT:
                raise BundleRefused("MEMBERS", f"{member.name} is too large.")
            texts[member.name] = archive.read_exactly(stream, member.size)
            sum_of = archive.digest([texts[member.name]])
        else:
            sum_of = archive.digest(archive.content(stream, member.size))
        if sum_of != member.sha256:
            raise BundleRefused("DAMAGED", f"{member.name} is not the file that was signed.")
        archive.skip_padding(stream, member.name, member.size)
    archive.expect_end(stream, listed)
    return texts


def _require_current(found: Manifest, newest: int) -> None:
    if found.expires_on < clock.now().date():
        raise BundleRefused("EXPIRED", f"it was good until {found.expires_on}.")
    if found.counter < newest:
        raise BundleRefused(
            "OLDER", f"it is of {found.made_at:%Y-%m-%d %H:%M}, older than what is installed here."
        )


def _keys_of(texts: dict[str, bytes]) -> Keys:
    files = {name.removeprefix(KEYS): text for name, text in texts.items() if name.startswith(KEYS)}
    try:
        return from_files({name: text.decode("utf-8") for name, text in files.items()})
    except (UnicodeDecodeError, Failure) as wrong:
        raise BundleRefused("NO_KEYS", f"the keys that it brings cannot be used: {wrong}") from None


def _require_lock(found: Manifest, text: bytes) -> None:
    try:
        pins = lock.parse(text.decode("utf-8"))
        wheels = found.named("wheels/")
        wrong = [one.name for one in wheels if not lock.is_locked(pins, one.name, one.sha256)]
        absent = [
            f"{name} for Python {python} on {machine}"
            for python in found.pythons
            for machine in found.machines
            for name in lock.lacking(pins, [one.name for one in wheels], python, machine)
        ]
    except ValueError as unreadable:
        raise BundleRefused("LOCK", f"{unreadable}") from None
    if wrong or absent:
        raise BundleRefused("LOCK", f"not as the lock file says: {', '.join([*wrong, *absent][:4])}.")
