"""A set fetched into a folder of this host: whole or refused, and ready to be read by the site's user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cli.errors import Failure, PreflightRefused
from cli.sets import manifest, signature
from cli.sets.manifest import Manifest
from cli.sets.scratch import ARCHIVE
from cli.site import USER

ROOM = 2.5
"""A database takes about this many times its archive while it is loaded, its indexes and its log with it."""


@dataclass(frozen=True)
class Origin:
    """Which set is wanted, what brings it into a folder, and the password by which it is known as the site's own.

    `unsigned`: an operator answers for it, so its signature is not asked for.
    """

    set_id: str
    bring: Callable[[Path], None]
    password: Callable[[], str]
    unsigned: bool = False


@dataclass(frozen=True)
class Fetched:
    """The folder that a set is fetched into; nobody but root enters it."""

    folder: Path

    @property
    def manifest(self) -> Manifest:
        """What the set says of itself."""
        return manifest.read(self.folder)

    def fetch(self, origin: Origin) -> None:
        """Fill the folder, empty at first."""
        self.clear()
        self.folder.mkdir(mode=0o700, parents=True)
        origin.bring(self.folder)

    def check(self, origin: Origin) -> Manifest:
        """See that it is the set that was wanted, the site's own and whole, and that there is room for its database.

        Raises: PreflightRefused with every fault; of a set that is not the site's own nothing more is read.
        """
        try:
            if not origin.unsigned:
                signature.require(self.folder, origin.password())
            found = manifest.check_folder(self.folder)
        except manifest.DamagedSet as damaged:
            raise PreflightRefused(damaged.failed, damaged.then) from None
        if found.id != origin.set_id:
            raise PreflightRefused(
                f"The store calls it {origin.set_id}, and it is set {found.id}: somebody renamed it.",
                "Take it by its own name or another one: civic sets",
            )
        need = int(found.parts[str(ARCHIVE)].bytes * ROOM)
        free = shutil.disk_usage(self.folder).free
        if free < need:
            raise PreflightRefused(
                f"The set's database needs about {need / 1e6:.0f} MB, and {free / 1e6:.0f} MB are free.",
                "Make room, then run the same command again: civic doctor lists what is big.",
            )
        return found

    def hand_over_uploads(self) -> Path:
        """Make the uploaded files the site's user's own, for nobody else; returns their folder."""
        uploads = self.folder / "uploads"
        uploads.mkdir(exist_ok=True)
        for folder, _, files in os.walk(uploads):
            _give(Path(folder), 0o700)
            for name in files:
                _give(Path(folder, name), 0o600)
        uploads.chmod(0o750)
        return uploads

    def clear(self) -> None:
        """Nothing of it is left."""
        if self.folder.exists():
            shutil.rmtree(self.folder)


def differ(lines: list[str]) -> Failure:
    """The failure of a set whose rows are not those that its manifest tells of."""
    return Failure(
        "The restored database is not the one that the set was made of:\n" + "\n".join(lines),
        "The site serves as before.",
        "Take another set: civic sets",
    )


def _give(path: Path, mode: int) -> None:
    shutil.chown(path, USER, USER)
    path.chmod(mode)
