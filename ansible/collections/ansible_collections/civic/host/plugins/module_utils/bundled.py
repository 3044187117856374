"""Packages that a bundle brought: a tar of plain files, whose hashes the controller compared with the signed list."""

from __future__ import annotations

import contextlib
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def unpacked(archive: str, prefix: str, folder: Path) -> Iterator[Path | None]:
    """The files of the tar below `prefix`, in `folder` for as long as it takes; None when there are none."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        with tarfile.open(archive) as packed:
            names = [name for name in packed.getnames() if name.startswith(prefix)]
            for name in names:
                _write(packed, name, folder / name.removeprefix(prefix))
        yield folder if names else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(packed: tarfile.TarFile, name: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = packed.extractfile(name)
    assert content is not None
    with content, path.open("wb") as out:
        shutil.copyfileobj(content, out)
