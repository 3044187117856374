"""Files that wait to be read: sealed with the site's key, so that neither the disk nor a backup has anybody's name (ADR 13)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from flask import current_app

from app.core import seal
from app.tables.errors import FileRefused

CHUNK = 1 << 20
_LENGTH = 4


def keep(import_id: int, stream: BinaryIO) -> None:
    """Keep the file of an import until `drop`."""
    folder().mkdir(parents=True, exist_ok=True)
    beside = _path(import_id).with_suffix(".new")
    key = _key(import_id)
    stream.seek(0)
    with beside.open("wb") as file:
        while chunk := stream.read(CHUNK):
            sealed = seal.seal(key, chunk)
            file.write(len(sealed).to_bytes(_LENGTH, "big") + sealed)
    beside.replace(_path(import_id))


@contextmanager
def opened(import_id: int) -> Iterator[BinaryIO]:
    """The file of an import, in one that has no name and is gone afterwards. Raises: FileRefused when it is no longer here."""
    key = _key(import_id)
    with tempfile.TemporaryFile() as plain:
        try:
            with _path(import_id).open("rb") as file:
                while length := file.read(_LENGTH):
                    plain.write(seal.unseal(key, file.read(int.from_bytes(length, "big"))))
        except (FileNotFoundError, seal.Unreadable) as gone:
            raise FileRefused("gone") from gone
        plain.seek(0)
        yield plain


def drop(import_id: int) -> None:
    """Forget the file of an import, if it has one."""
    _path(import_id).unlink(missing_ok=True)


def list_kept() -> set[int]:
    """Imports that have a file here."""
    return {int(path.stem) for path in folder().glob("*.sealed")}


def folder() -> Path:
    """Where the files are."""
    return Path(current_app.config["CIVIC"].uploads_dir) / "census"


def _path(import_id: int) -> Path:
    return folder() / f"{import_id}.sealed"


def _key(import_id: int) -> bytes:
    return seal.derive_key(seal.site_secret(), f"census-file:{import_id}")
