"""Restored data put in the place of the site's, and what was there kept aside: each part at once, and back again.

Every way may be gone twice, and after a kill in its midst: what lies where says how far it came.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from cli import clock, config
from cli.errors import Failure
from cli.lifecycle.journal import sync_folder, write_whole
from cli.sets.cluster import Cluster
from cli.site import CREDENTIALS, ENV_FILE, OPS, HostSite

ASIDE = OPS / "aside"
KEPT = timedelta(days=7)
LIVE = "civic"


@dataclass(frozen=True)
class Swap:
    """What one restore exchanges, by its stamp. `uploads` is the site's folder of uploaded files; `site` another one in tests."""

    stamp: str
    cluster: Cluster
    uploads: Path
    site: HostSite = HostSite()

    # --- names ---

    @property
    def restored(self) -> str:
        """Database that was restored, while it is not in place."""
        return f"{LIVE}_restored_{self.stamp.lower()}"

    @property
    def replaced(self) -> str:
        """Database that was in place before."""
        return f"{LIVE}_replaced_{self.stamp.lower()}"

    @property
    def restored_uploads(self) -> Path:
        """Uploaded files that were restored, while they are not in place."""
        return self.uploads.with_name(f"{self.uploads.name}.restored-{self.stamp}")

    @property
    def replaced_uploads(self) -> Path:
        """Uploaded files that were in place before."""
        return self.uploads.with_name(f"{self.uploads.name}.replaced-{self.stamp}")

    @property
    def folder(self) -> Path:
        """Settings and secrets on their way in (`new`) and those that were in place (`old`)."""
        return self.site.path(ASIDE) / self.stamp

    def folder_made(self) -> Path:
        """That folder, for root only."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    # --- the ways ---

    def keep_given(self, before: dict[str, str], after: dict[str, str]) -> None:
        """Remember the settings of before and of afterwards."""
        config.write(self.folder_made() / "before.env", before)
        config.write(self.folder_made() / "after.env", after)

    def given(self) -> tuple[dict[str, str], dict[str, str]]:
        """The settings of before and of afterwards."""
        return config.read(self.folder / "before.env"), config.read(self.folder / "after.env")

    def bring(self, name: str, text: str) -> None:
        """Let a file of settings (civic.env) or a secret be exchanged with the data."""
        new = self.folder_made() / "new"
        new.mkdir(mode=0o700, exist_ok=True)
        write_whole(new / name, text, 0o600)

    def forward(self) -> None:
        """Put what lies restored beside in place."""
        if self.cluster.has(self.restored):
            self.cluster.put_in_place(self.restored, LIVE, self.replaced)
        _move_in(self.restored_uploads, self.uploads, self.replaced_uploads)
        for new in self._files("new"):
            old = self.folder / "old" / new.name
            if not old.exists():
                _keep(self._place(new), old)
            _write(self._place(new), new.read_text(encoding="utf-8"))

    def back(self) -> None:
        """Put what was there before in place again."""
        if self.cluster.has(self.replaced):
            self.cluster.put_in_place(self.replaced, LIVE, self.restored)
        _move_in(self.replaced_uploads, self.uploads, self.restored_uploads)
        for old in self._files("old"):
            _write(self._place(old), old.read_text(encoding="utf-8"))

    def put_beside(self, uploads: Path) -> None:
        """Lay restored files beside those of the site, on the same file system and their owner's own, surely on the disk."""
        self.drop_beside()
        try:
            uploads.rename(self.restored_uploads)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            _copy(uploads, self.restored_uploads)
            # It goes with its folder. Deleted here, half of it would count as not moved after a kill.
            uploads.rename(uploads.with_name("uploads.copied"))
        sync_folder(self.restored_uploads.parent)

    def drop_beside(self) -> None:
        """Remove restored files that are not in place."""
        _remove(self.restored_uploads)

    def drop_beside_all(self) -> None:
        """Remove what was restored and is not in place, and what is remembered of this restore."""
        self.cluster.drop(self.restored)
        self.drop_beside()
        _remove(self.folder)

    def forget(self) -> None:
        """Remove all of it that is not in place."""
        self.drop_beside_all()
        self.cluster.drop(self.replaced)
        _remove(self.replaced_uploads)

    def _place(self, file: Path) -> Path:
        """Where a kept file of settings or secrets belongs."""
        return self.site.path(ENV_FILE if file.name == ENV_FILE.name else CREDENTIALS / file.name)

    def _files(self, which: str) -> list[Path]:
        return sorted((self.folder / which).glob("*"))


@dataclass(frozen=True)
class Aside:
    """The record of what a restore replaced: since when (ISO), by which set, and whether it was put back since.

    `given`: whether other settings came with the set; those of before lie beside the record.
    """

    stamp: str
    at: str
    set: str
    uploads: str
    parts: str
    given: bool = False
    went_back: bool = False

    def write(self) -> None:
        """Remember it."""
        folder = ASIDE / self.stamp
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(folder / "record.json", json.dumps(asdict(self)) + "\n", 0o600)

    def gone_back(self) -> Aside:
        """The record once the site went back to it."""
        return replace(self, went_back=True)

    def is_old(self) -> bool:
        """Whether it was kept long enough."""
        return clock.now() - datetime.fromisoformat(self.at) > KEPT

    def swap(self, cluster: Cluster) -> Swap:
        """What was exchanged."""
        return Swap(self.stamp, cluster, Path(self.uploads))


def list_aside() -> list[Aside]:
    """What restores replaced and is still kept, the newest first."""
    found = sorted(ASIDE.glob("*/record.json"), reverse=True)
    return [Aside(**json.loads(path.read_text(encoding="utf-8"))) for path in found]


def _move_in(folder: Path, place: Path, aside: Path) -> None:
    """Put `folder` in its place, if it is not there yet."""
    if not folder.exists():
        return
    if place.exists() and aside.exists():
        try:
            place.rmdir()  # made anew, empty, at a boot between the two renames
        except OSError as error:
            raise Failure(
                f"{place} and {aside} both hold files.",
                "The site is stopped.",
                "Move one of them away by hand, then: civic resume",
            ) from error
    if place.exists():
        place.rename(aside)
    folder.rename(place)
    sync_folder(place.parent)


def _copy(folder: Path, to: Path) -> None:
    """Copy to another file system what all belongs to one user."""
    owner = folder.stat()
    shutil.copytree(folder, to, symlinks=True)
    for place, _, files in os.walk(to):
        for name in (".", *files):
            os.chown(Path(place, name), owner.st_uid, owner.st_gid, follow_symlinks=False)
    os.sync()


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _keep(file: Path, to: Path) -> None:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(to, file.read_text(encoding="utf-8") if file.exists() else "", 0o600)


def _write(place: Path, text: str) -> None:
    """For whom the file was that it replaces; a new one is for its owner only."""
    there = place.stat() if place.exists() else None
    write_whole(place, text, stat.S_IMODE(there.st_mode) if there else 0o600)
    if there:
        os.chown(place, there.st_uid, there.st_gid)
