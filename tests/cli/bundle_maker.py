"""Small real bundles: hand-made wheels, a lock of their hashes, keys drawn for the test, signatures by ssh-keygen."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cli import clock
from cli.bundles import archive, signatures, verify
from cli.bundles.keys import Keys
from cli.bundles.manifest import NAME, Manifest, Member

WHEEL = "civic-9.9.9-py3-none-any.whl"
PACKAGE = "wheels/tiny-1.0-py3-none-any.whl"
COMPILED = (
    "wheels/as_hard_as_normalizing_characters-2.0-cp311-cp311"
    "-manylinux1_x86_64.manylinux_2_28_x86_64.manylinux_2_5_x86_64.whl"
)
"""A name longer than a plain tar header holds; there are such."""


def draw_key(folder: Path, name: str) -> Path:
    """A private key, with its public half beside it."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
    return path


def signers(*keys: Path, threshold: int = 1, revoked: tuple[Path, ...] = (), options: str = "") -> Keys:
    """Keys that trust the public halves of `keys`."""
    lines = [f'{key.name}@valclair.example namespaces="civic-*"{options} {_public(key)}\n' for key in keys]
    return Keys("".join(lines), threshold, "".join(f"{_public(key)}\n" for key in revoked))


def _public(key: Path) -> str:
    return key.with_suffix(".pub").read_text(encoding="utf-8").strip()


def wheel(name: str, version: str) -> bytes:
    """A wheel with a metadata file, the same bytes each time."""
    folder = Path("/tmp")
    path = folder / f"civic-test-{name}-{hashlib.sha256(f'{name}{version}'.encode()).hexdigest()[:12]}.whl"
    with zipfile.ZipFile(path, "w") as packed:
        entry = zipfile.ZipInfo(f"{name}-{version}.dist-info/METADATA", (1980, 1, 1, 0, 0, 0))
        packed.writestr(
            entry, f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\nLicense-Expression: MIT\n"
        )
    content = path.read_bytes()
    path.unlink()
    return content


class Maker:
    """Puts a bundle together; each part may be changed before it is written, to make a wrong one."""

    def __init__(
        self, keys: Keys, *signing: Path, version: str = "9.9.9", counter: int = 1_760_000_000
    ) -> None:
        self.signing = signing
        self.members = {
            WHEEL.replace("9.9.9", version): wheel("civic", version),
            PACKAGE: wheel("tiny", "1.0"),
            COMPILED: wheel("as_hard_as_normalizing_characters", "2.0"),
            "NOTES.md": b"### Added\n- A page.\n",
            **{f"deploy/keys/{name}": text.encode() for name, text in keys.files().items()},
        }
        self.members["requirements.lock"] = self.lock()
        self.facts: dict[str, Any] = {
            "version": version,
            "release": f"{version}-abcd1234",
            "wheel": WHEEL.replace("9.9.9", version),
            "counter": counter,
            "expires_on": clock.now().date() + timedelta(days=30),
            "machines": ("x86_64",),
            "pythons": ("3.11",),
            "debians": (),
        }

    def lock(self) -> bytes:
        """The lock of the two packages."""
        hashes = [hashlib.sha256(self.members[name]).hexdigest() for name in (PACKAGE, COMPILED)]
        lines = [
            f"tiny==1.0 --hash=sha256:{hashes[0]}",
            f"as-hard-as-normalizing-characters==2.0 ; python_full_version >= '3.11' --hash=sha256:{hashes[1]}",
        ]
        return "".join(line.replace(" --hash", " \\\n    --hash") + "\n" for line in lines).encode()

    def manifest(self) -> Manifest:
        """The list as it will be signed."""
        members = [
            Member(name, hashlib.sha256(text).hexdigest(), len(text))
            for name, text in sorted(self.members.items())
        ]
        return Manifest(**self.facts, members=tuple(members))

    def write(
        self, file: Path, manifest: Manifest | None = None, replaced: dict[str, bytes] | None = None
    ) -> Path:
        """Sign the list and write the file; `replaced`: members that are other than was signed."""
        text = (manifest or self.manifest()).text().encode()
        signed = [signatures.sign(text, key, signatures.BUNDLE) for key in self.signing]
        front = [(NAME, text), *((verify.signature_name(number), one) for number, one in enumerate(signed))]
        archive.write(file, [*front, *sorted({**self.members, **(replaced or {})}.items())])
        return file


def yesterday() -> date:
    """The day before today."""
    return clock.now().date() - timedelta(days=1)
