"""Puts a set together in a folder of its own: database, files, settings, secrets and release of one moment of a site."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app import settings
from app.settings import Settings
from cli import clock
from cli.app_commands import AppCommands
from cli.errors import Failure, PreflightRefused
from cli.lifecycle.journal import sync_folder
from cli.sets import manifest, signature
from cli.sets.database import UNTOUCHED, Database, hold
from cli.sets.manifest import SORTED_TABLES, Fingerprint, Manifest, Part, Release
from cli.site import CREDENTIALS, ENV_FILE, OPS, RELEASES, USER, HostSite

STAGING = OPS / "staging"


@dataclass(frozen=True)
class Source:
    """What a set is made of."""

    hostname: str
    release: Path
    app: AppCommands
    database: Database
    uploads: Path
    settings: Path
    secrets: Path
    password: str
    """With which the set is signed as the site's own."""

    @classmethod
    def of_site(cls, site: HostSite, checked: Settings) -> Source:
        """The site of this host."""
        return cls(
            checked.hostname,
            site.path(RELEASES) / site.version(),
            site.app_commands(),
            Database.of_url(checked.database_url, USER),
            site.path(Path(checked.uploads_dir)),
            site.path(ENV_FILE),
            site.path(CREDENTIALS),
            checked.backup_password,
        )


@contextmanager
def staged(source: Source, purpose: str, previous: str | None, folder: Path = STAGING) -> Iterator[Manifest]:
    """Make a set in `folder`, which is gone afterwards, whatever happens; one that was left there by a kill is cleared first.

    Raises: Failure; the site serves on.
    """
    clear(folder)
    folder.mkdir(mode=0o700)
    try:
        yield put_together(source, folder, purpose, previous)
    finally:
        clear(folder)


def clear(folder: Path = STAGING) -> None:
    """Nothing of a set is left in staging."""
    if folder.exists():
        shutil.rmtree(folder)


def put_together(source: Source, folder: Path, purpose: str, previous: str | None) -> Manifest:
    """Fill an empty folder with a set, surely on the disk, and return its manifest."""
    made_at = clock.now().replace(microsecond=0)
    release = _lay_release(source, folder)
    with hold(source.app) as held:
        _take_database(source, folder, held.snapshot, held.postgresql_major)
        _take_files(source, folder)
        parts = _hash(folder)
        tables = manifest.tables_of(held.tables())
        made = Manifest(
            id=f"{made_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
            made_at=made_at,
            purpose=purpose,
            hostname=source.hostname,
            release=release,
            schema=held.schema,
            postgresql_major=held.postgresql_major,
            fingerprint=Fingerprint(tables, manifest.files_of(parts)),
            parts=parts,
            previous=previous,
        )
    _check_rows(folder, made)
    made = replace(made, signature=signature.of(made.facts, source.password))
    for inner in sorted(path for path in folder.rglob("*") if path.is_dir()):
        sync_folder(inner)
    manifest.write(folder, made)
    return made


def _take_database(source: Source, folder: Path, snapshot: str, major: int) -> None:
    target = folder / "database"
    target.mkdir(mode=0o700)
    without_rows = [f"--exclude-table-data=public.{table}" for table in SORTED_TABLES]
    dump = ("--format=custom", "--compress=0", f"--snapshot={snapshot}", *without_rows)
    source.database.into(target / "civic.dump", major, "pg_dump", *dump)
    for table in SORTED_TABLES:
        moment = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '{snapshot}'"
        rows = f"COPY (SELECT * FROM public.{table} ORDER BY id) TO STDOUT"  # noqa: S608 - a name of ours
        psql = ("-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", moment, "-c", rows)
        source.database.into(target / f"{table}.copy", major, "psql", *psql)


def _take_files(source: Source, folder: Path) -> None:
    strange = [path for _, path in manifest.walk(source.uploads) if not _is_file(path)]
    if strange:
        raise Failure(
            "\n".join(f"{path} is neither a file nor a folder, and is not backed up." for path in strange),
            UNTOUCHED,
            "Move it out of the folder of uploaded files, then: civic backup",
        )
    for name, path in manifest.walk(source.uploads):
        _link_or_copy(path, folder / "uploads" / name)
    _copy(source.settings, folder / "settings/civic.env")
    for path in sorted(source.secrets.iterdir()) if source.secrets.is_dir() else []:
        if path.name not in settings.outside_sets():
            _copy(path, folder / "secrets" / path.name)


def _lay_release(source: Source, folder: Path) -> Release:
    wheels = sorted((source.release / "source").glob("*.whl"))
    if len(wheels) != 1:
        raise PreflightRefused(
            f"{source.release}/source holds {len(wheels)} wheels, not one.",
            "Lay the release down again: civic install",
        )
    for path in (wheels[0], source.release / "source/requirements.lock"):
        _link_or_copy(path, folder / "release" / path.name)
    return Release(source.release.name, wheels[0].name.split("-")[1], manifest.part_of(wheels[0]).sha256)


def _hash(folder: Path) -> dict[str, Part]:
    found = list(manifest.walk(folder))
    with ThreadPoolExecutor(2) as pool:  # hashing lets other threads run
        return dict(
            zip((name for name, _ in found), pool.map(_settle, (path for _, path in found)), strict=True)
        )


def _settle(path: Path) -> Part:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return manifest.part_of(path)


def _check_rows(folder: Path, made: Manifest) -> None:
    """Whoever wrote the sorted tables saw the same moment as the fingerprint."""
    for table in SORTED_TABLES:
        with (folder / f"database/{table}.copy").open("rb") as rows:
            number = sum(1 for _ in rows)
        if number != made.fingerprint.tables[table].rows:
            raise Failure(
                f"Table {table} was written with {number} of {made.fingerprint.tables[table].rows} rows.",
                UNTOUCHED,
                "civic doctor",
            )


def _is_file(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _link_or_copy(path: Path, to: Path) -> None:
    """The same file where the file system allows it: nothing is copied and no room is needed."""
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(path, to)
    except OSError:
        shutil.copy2(path, to)


def _copy(path: Path, to: Path) -> None:
    to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(path, to)
    to.chmod(0o600)
