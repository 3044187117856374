"""The manifest of a set: what it is, of which release and schema, each file's hash. A set is a folder that agrees with it."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.errors import Failure
from cli.lifecycle.journal import write_whole

FORM = 1
NAME = "manifest.json"
ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")
SORTED_TABLES = ("ballot_hopper", "ballot_box")
"""Their rows lie beside the dump, in the order of their random ids: docs/adr/0012."""
LEAST_PARTS = (
    "database/civic.dump",
    *(f"database/{table}.copy" for table in SORTED_TABLES),
    "settings/civic.env",
)


class DamagedSet(Failure):
    """A folder that is not a whole set of a known form; nothing of it may be used."""

    def __init__(self, folder: Path, faults: list[str]) -> None:
        super().__init__(
            "\n".join(faults),
            f"Nothing of the set in {folder} was used.",
            "Take another set: civic sets",
        )
        self.faults = faults


@dataclass(frozen=True)
class Release:
    """The release that served when the set was made."""

    name: str
    version: str
    wheel_sha256: str


@dataclass(frozen=True)
class Table:
    """What a table's rows come to, whatever their order."""

    rows: int
    hash: str


@dataclass(frozen=True)
class Files:
    """What the uploaded files come to."""

    count: int
    bytes: int
    hash: str


@dataclass(frozen=True)
class Fingerprint:
    """What the data come to: equal fingerprints, equal data."""

    tables: Mapping[str, Table]
    files: Files

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


@dataclass(frozen=True)
class Part:
    """A file of the set."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Manifest:
    """What stands in manifest.json; `parts` by their names in the folder, `previous` the hash of the manifest before, `signature`
    says that whoever made it knew the site's password."""

    id: str
    made_at: datetime
    purpose: str
    hostname: str
    release: Release
    schema: str
    postgresql_major: int
    fingerprint: Fingerprint
    parts: Mapping[str, Part]
    previous: str | None
    signature: str = ""
    form: int = FORM

    @property
    def bytes(self) -> int:
        """Size of all parts together."""
        return sum(part.bytes for part in self.parts.values())

    @property
    def facts(self) -> dict[str, Any]:
        """What stands in the file."""
        return {**asdict(self), "made_at": self.made_at.isoformat()}

    def text(self) -> str:
        """The file's text; the same manifest always gives the same."""
        return json.dumps(self.facts, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @property
    def sha256(self) -> str:
        """The hash of the file: what the next set names as its previous one."""
        return hashlib.sha256(self.text().encode()).hexdigest()


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the set's folder, surely on the disk."""
    write_whole(folder / NAME, manifest.text(), 0o600)


def facts(folder: Path) -> dict[str, Any]:
    """What stands in a folder's manifest, fields of later releases with it; nothing of it is believed yet.

    Raises: DamagedSet when it is missing, no manifest, or of a form that this release does not know.
    """
    path = folder / NAME
    try:
        if path.is_symlink():
            raise ValueError("it is a link")
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        form = found.get("form")
    except (OSError, ValueError, AttributeError) as error:
        raise DamagedSet(folder, [f"{NAME} cannot be read: {error}"]) from None
    if form != FORM:
        raise DamagedSet(folder, [f"{NAME} is of form {form!r}; this release of civic knows form {FORM}."])
    return found


def read(folder: Path) -> Manifest:
    """The manifest of a folder, whose other files are not looked at.

    Raises: DamagedSet as `facts` does, and when something in it is none of what a manifest says.
    """
    try:
        return _parse(facts(folder))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedSet(folder, [f"{NAME} is damaged: {type(error).__name__}: {error}"]) from None


def check_folder(folder: Path) -> Manifest:
    """The manifest of a folder that is a whole set: every file is there as it was made, and nothing else is.

    Raises: DamagedSet with every fault at once.
    """
    manifest = read(folder)
    faults = [f"{name}: not a name within the set" for name in manifest.parts if not is_plain(name)]
    faults += [f"{name}: the manifest does not name it" for name in LEAST_PARTS if name not in manifest.parts]
    there = {}
    for name, path in walk(folder):
        if not stat.S_ISREG(path.lstat().st_mode):
            faults.append(f"{name}: neither a file nor a folder")
        elif name != NAME:
            there[name] = path
    wanted = {name for name in manifest.parts if is_plain(name)}
    faults += [f"{name}: missing" for name in sorted(wanted - set(there))]
    faults += [f"{name}: not in the manifest" for name in sorted(set(there) - wanted)]
    faults += [
        fault for name in sorted(wanted & set(there)) for fault in _faults(name, there[name], manifest)
    ]
    files = files_of(manifest.parts)
    if files != manifest.fingerprint.files:
        faults.append("uploads: the files that the manifest names are not those that it was made of")
    if faults:
        raise DamagedSet(folder, faults)
    return manifest


def is_plain(name: str) -> bool:
    """Whether it names a file within the set: no way out of its folder, no name of a device or a terminal's trick."""
    words = name.split("/")
    return bool(name) and name.isprintable() and "\\" not in name and not {"", ".", ".."} & set(words)


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """Everything below a folder that is not a folder, by its name there; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix(), path


def part_of(path: Path) -> Part:
    """A file's hash and size."""
    with path.open("rb") as stream:
        return Part(hashlib.file_digest(stream, "sha256").hexdigest(), path.stat().st_size)


def files_of(parts: Mapping[str, Part]) -> Files:
    """What the uploaded files among these parts come to."""
    uploads = {name: part for name, part in parts.items() if name.startswith("uploads/")}
    lines = "".join(f"{uploads[name].sha256} {name}\n" for name in sorted(uploads))
    total = sum(part.bytes for part in uploads.values())
    return Files(len(uploads), total, hashlib.sha256(lines.encode()).hexdigest())


def tables_of(answer: Mapping[str, Mapping[str, Any]]) -> dict[str, Table]:
    """Tables as the app's command `fingerprint` tells them."""
    return {name: Table(int(table["rows"]), str(table["hash"])) for name, table in answer.items()}


def differences(wanted: Mapping[str, Table], found: Mapping[str, Table]) -> list[str]:
    """Where two fingerprints of tables differ, a line a table."""
    lines = []
    for name in sorted({*wanted, *found}):
        if name not in found or name not in wanted:
            lines.append(f"table {name}: {'missing' if name in wanted else 'not in the set'}")
        elif wanted[name] != found[name]:
            rows = f"{wanted[name].rows} rows in the set, {found[name].rows} here"
            lines.append(f"table {name}: {rows if wanted[name].rows != found[name].rows else 'other rows'}")
    return lines


def _faults(name: str, path: Path, manifest: Manifest) -> Iterable[str]:
    wanted = manifest.parts[name]
    size = path.stat().st_size
    if size != wanted.bytes:
        yield f"{name}: {size} bytes, not the {wanted.bytes} that were stored"
    elif part_of(path) != wanted:
        yield f"{name}: damaged; it is not what was stored"


def _parse(facts: dict[str, Any]) -> Manifest:
    made_at = datetime.fromisoformat(facts["made_at"])
    if made_at.tzinfo is None or not ID.fullmatch(facts["id"]):
        raise ValueError("not an id and an instant with its zone")
    fingerprint = facts["fingerprint"]
    return Manifest(
        id=facts["id"],
        made_at=made_at,
        purpose=str(facts["purpose"]),
        hostname=str(facts["hostname"]),
        release=Release(**facts["release"]),
        schema=str(facts["schema"]),
        postgresql_major=int(facts["postgresql_major"]),
        fingerprint=Fingerprint(tables_of(fingerprint["tables"]), Files(**fingerprint["files"])),
        parts={str(name): Part(**part) for name, part in facts["parts"].items()},
        previous=facts["previous"],
        signature=str(facts.get("signature", "")),
    )
