"""A folder of single encrypted files as a store, for tape and USB: each set is a tar file that `age` encrypted to public keys."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli import run
from cli.lifecycle.journal import sync_folder, write_whole
from cli.sets.manifest import ID, NAME, DamagedSet, Manifest, is_plain
from cli.sets.stores.store import Place, SetEntry, StoreFault

SUFFIX = ".civicset.age"
MARK = "civic-store.txt"
HEADER = b"age-encryption.org/v1\n"


@dataclass(frozen=True)
class AgeStore:
    """See Store. The folder is made by a person; the file MARK in it says that it is this one and not an empty mount point."""

    place: Place

    @property
    def name(self) -> str:
        """Its name in the settings."""
        return self.place.name

    @property
    def where(self) -> str:
        """Where it is."""
        return self.place.where

    @property
    def folder(self) -> Path:
        """The folder."""
        return Path(self.where.removeprefix("age:"))

    def require(self, size: int) -> None:
        """Make sure of place, keys and room."""
        if not self.place.keys.recipients:
            raise self._fault(
                "KEY", "CIVIC_BACKUP_AGE_RECIPIENTS is not set.", "civic config set backup_age_recipients …"
            )
        self._require_place()
        if not (self.folder / MARK).is_file():
            write_whole(self.folder / MARK, "Backup sets of a participation site, encrypted with age.\n")
        self.place.records.remember_place(self.name, self.where)
        free = shutil.disk_usage(self.folder).free
        if free < size * 1.01 + 2**20:
            why = f"it is full: {free // 2**20} MB are free, the set has {size // 2**20} MB."
            raise self._fault("FULL", why, "Take old files away or put another disk in, then: civic backup")

    def push(self, folder: Path, manifest: Manifest) -> None:
        """Bring a set in; what a kill left half is cleared first."""
        self._require_place()
        for left in self.folder.glob(f".*{SUFFIX}.part"):
            left.unlink()
        beside = self.folder / f".{manifest.id}{SUFFIX}.part"
        words = [word for recipient in self.place.keys.recipients for word in ("-r", recipient)]
        try:
            with beside.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                with run.beside(["age", *words], stdin=run.PIPE, stdout=file) as age:
                    _write_tar(folder, manifest, age)
                    done = age.end()
                os.fsync(file.fileno())
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise self._fault("OTHER", f"age cannot be run: {error}", "apt install age") from error
        if not done.ok:
            beside.unlink(missing_ok=True)
            code = "FULL" if "no space left" in done.err.lower() else "OTHER"
            raise self._fault(code, done.last_words, "Make room there, then: civic backup")
        beside.replace(self._file(manifest.id))
        sync_folder(self.folder)

    def list_sets(self) -> list[SetEntry]:
        """All sets, the oldest first; made when their names say."""
        self._require_place()
        found = [
            path for path in self.folder.glob(f"*{SUFFIX}") if ID.fullmatch(path.name.removesuffix(SUFFIX))
        ]
        return [_entry(path) for path in sorted(found)]

    def fetch(self, set_id: str, into: Path) -> None:
        """Bring a set back. Only plain files within the folder are written; anything else in the file is refused."""
        self._require_place()
        if not ID.fullmatch(set_id) or not self._file(set_id).is_file():
            raise self.place.unknown_set(set_id)
        identity = self.place.keys.identity_file
        if identity is None:
            raise self._fault(
                "KEY", "its sets are read with a key that this host does not have.", "Add --key-file FILE."
            )
        with run.beside(["age", "-d", "-i", identity, self._file(set_id)], stdout=run.PIPE) as age:
            faults, broken = _read_tar(age, into)
            while age.output.read(2**20):
                pass
            done = age.end()
        if "no identity matched" in done.err:
            raise self._fault(
                "KEY",
                "this key does not open it.",
                "Give the key that the recovery card names: --key-file FILE",
            )
        if not done.ok or broken:
            raise self._fault(
                "DAMAGED", f"set {set_id}: {done.last_words or broken}", "Take another set: civic sets"
            )
        if faults:
            raise DamagedSet(into, faults)

    def delete(self, ids: Sequence[str]) -> None:
        """Take sets away."""
        self._require_place()
        for set_id in ids:
            if ID.fullmatch(set_id):
                self._file(set_id).unlink(missing_ok=True)
        sync_folder(self.folder)

    def check(self, deep: bool) -> None:
        """See whether the files are of age. What they hold only a drill with the key can tell."""
        for entry in self.list_sets():
            with self._file(entry.id).open("rb") as file:
                if file.read(len(HEADER)) != HEADER:
                    raise self._fault(
                        "DAMAGED", f"set {entry.id} is no file of age.", "Take another set: civic sets"
                    )
                while deep and file.read(2**20):
                    pass

    def _file(self, set_id: str) -> Path:
        return self.folder / f"{set_id}{SUFFIX}"

    def _require_place(self) -> None:
        made_at = self.place.made_at()
        if not self.folder.is_dir() or (made_at and not (self.folder / MARK).is_file()):
            since = f", the store since {made_at[:10]}," if made_at else ""
            why = f"{self.folder}{since} is not there: is its disk mounted?"
            raise self._fault("MISSING", why, "Mount the disk, then: civic backup")

    def _fault(self, code: str, why: str, then: str) -> StoreFault:
        return StoreFault(self.name, code, why, then)


def _entry(path: Path) -> SetEntry:
    set_id = path.name.removesuffix(SUFFIX)
    made_at = datetime.strptime(set_id.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return SetEntry(set_id, made_at, path.stat().st_size)


def _write_tar(folder: Path, manifest: Manifest, age: run.Beside) -> None:
    try:
        with tarfile.open(fileobj=age.input, mode="w|", dereference=True) as tar:
            for name in (NAME, *sorted(manifest.parts)):
                tar.add(folder / name, name, recursive=False, filter=_nobodys)
    except BrokenPipeError:
        pass  # age has said why


def _nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


def _read_tar(age: run.Beside, into: Path) -> tuple[list[str], str]:
    """Unpack what is plain; returns what is not, and why it could not be read to its end."""
    faults = []
    try:
        with tarfile.open(fileobj=age.output, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.isreg() and is_plain(member.name) else None
                if content is None:
                    faults.append(f"{member.name}: not a file within the set")
                    continue
                (into / member.name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with (into / member.name).open("xb") as file:
                    shutil.copyfileobj(content, file, 2**20)
    except (tarfile.TarError, OSError) as error:
        return faults, str(error)
    return faults, ""
