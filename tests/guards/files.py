"""The project's own files, for the guards that look through them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project: known to git, or about to be."""
    words = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(path for name in listed.split("\0") if name and (path := ROOT / name).is_file()))


def under(*folders: str, suffix: str) -> list[Path]:
    """The project's files below `folders` whose names end with `suffix`."""
    roots = [ROOT / folder for folder in folders]
    return [
        path
        for path in tracked()
        if path.name.endswith(suffix) and any(path.is_relative_to(root) for root in roots)
    ]


def name(path: Path) -> str:
    """How messages call a file."""
    return str(path.relative_to(ROOT))
