"""Open a bundle for one machine: looked at as a whole first, then only what that machine needs is unpacked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cli.bundles import archive, lock, notes, verify
from cli.bundles.manifest import Manifest, Member
from cli.bundles.refusal import BundleRefused
from cli.bundles.verify import Verified
from cli.parcel import COUNTER, PACKAGES, Parcel


@dataclass(frozen=True)
class Machine:
    """What a bundle must suit: "3.11", "x86_64", "bookworm"; `newest`: the counter of the newest bundle laid down there."""

    python: str
    architecture: str
    codename: str
    newest: int = 0


def unpack(verified: Verified, folder: Path, machine: Machine) -> Parcel:
    """The parcel of a bundle that was looked at. What is written is compared with the signed list once more.

    Raises: BundleRefused when the bundle is not for this machine, or has changed since.
    """
    listed = verified.manifest
    _require_suits(listed, machine)
    plain = {listed.wheel, verify.LOCK, notes.NAME}
    packages = folder / PACKAGES
    with verified.file.open("rb") as source, packages.open("wb") as tar:
        verify.read_front(source)
        for member in listed.members:
            if member.name in plain:
                with (folder / member.name).open("wb") as out:
                    _copy(source, member, out)
            elif _is_needed(member.name, machine):
                tar.write(archive.header(member.name, member.size))
                _copy(source, member, tar)
                tar.write(archive.padding(member.size))
            else:
                before = len(archive.header(member.name, member.size))
                source.seek(before + member.size + len(archive.padding(member.size)), 1)
        tar.write(archive.END)
    (folder / COUNTER).write_text(f"{listed.counter}\n", encoding="utf-8")
    return Parcel(
        folder,
        folder / listed.wheel,
        listed.release,
        packages,
        verified.keys if verified.keys.signers else None,
    )


def _require_suits(listed: Manifest, machine: Machine) -> None:
    if machine.architecture not in listed.machines:
        raise BundleRefused(
            "FOREIGN", f"it is for {', '.join(listed.machines)}; the machine is {machine.architecture}."
        )
    if machine.python not in listed.pythons:
        raise BundleRefused(
            "FOREIGN", f"it is for Python {', '.join(listed.pythons)}; the machine has {machine.python}."
        )
    if listed.debians and machine.codename not in listed.debians:
        raise BundleRefused(
            "FOREIGN", f"it is for Debian {', '.join(listed.debians)}; the machine is {machine.codename}."
        )


def _is_needed(name: str, machine: Machine) -> bool:
    if name.startswith("wheels/"):
        return lock.suits(name, machine.python, machine.architecture)
    return name.startswith(f"debs/{machine.codename}/")


def _copy(source: BinaryIO, member: Member, out: BinaryIO) -> None:
    archive.expect(source, member.name, member.size, set())
    pieces = archive.content(source, member.size)

    def written() -> bytes:
        piece = next(pieces, b"")
        out.write(piece)
        return piece

    if archive.digest(iter(written, b"")) != member.sha256:
        raise BundleRefused("DAMAGED", f"{member.name} has changed while the bundle was opened.")
    archive.skip_padding(source, member.name, member.size)
