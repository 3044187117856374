"""Whole files: written beside, synced, then moved into place, so that a file is the old one or the new one and never half."""

from __future__ import annotations

import grp
import hashlib
import os
import pwd
import stat
from pathlib import Path
from typing import Any


def state(path: Path) -> dict[str, Any]:
    """Text, owner, group and mode of a file; all empty when it is not there."""
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return {"text": None, "owner": "", "group": "", "mode": ""}
    text = path.read_text(encoding="utf-8", errors="replace") if stat.S_ISREG(facts.st_mode) else None
    return {
        "text": text,
        "owner": _user(facts.st_uid),
        "group": _group(facts.st_gid),
        "mode": f"{facts.st_mode & 0o7777:04o}",
    }


def write(path: Path, text: str, owner: str, group: str, mode: str) -> None:
    """Put the file in place; folders above it that are missing are made for everyone to enter."""
    for folder in reversed(path.parents):
        if not folder.exists():
            folder.mkdir()
            folder.chmod(0o755)
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(handle, "w", encoding="utf-8") as stream:
        os.fchown(stream.fileno(), pwd.getpwnam(owner).pw_uid, grp.getgrnam(group).gr_gid)
        os.fchmod(stream.fileno(), int(mode, 8))
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(paths: list[str]) -> str:
    """One hash of the contents of these files, in this order; a missing file counts as such."""
    total = hashlib.sha256()
    for path in paths:
        content = Path(path).read_bytes() if Path(path).is_file() else b"\0absent"
        total.update(f"{path}\0{len(content)}\0".encode() + content)
    return total.hexdigest()


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
