"""The journal of operations on a host: one file an operation, one line a step, each on the disk before the next begins."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from cli import clock
from cli.errors import Failure


@dataclass
class Journal:
    """One operation: what it is about (`facts`), the steps that were begun and those that are done."""

    path: Path
    operation: str
    facts: dict[str, str]
    begun: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    resumed: bool = False

    @classmethod
    def open(cls, folder: Path, operation: str, facts: dict[str, str]) -> Journal:
        """The unfinished operation of this name about the same things, to go on with; otherwise a new one."""
        for path in sorted(folder.glob(f"*-{operation}.jsonl"), reverse=True)[:1]:
            unfinished = cls._unfinished(path)
            if unfinished is not None and unfinished.facts == facts:
                return unfinished
        journal = cls(folder / f"{clock.stamp()}-{operation}.jsonl", operation, facts)
        journal._write(event="begin", operation=operation, facts=facts)
        return journal

    @classmethod
    def list_unfinished(cls, folder: Path) -> list[Journal]:
        """Every operation that was cut short, the newest first; an older one of the same name is past."""
        newest = {path.stem.partition("-")[2]: path for path in sorted(folder.glob("*.jsonl"))}
        found = [cls._unfinished(path) for path in sorted(newest.values(), reverse=True)]
        return [journal for journal in found if journal is not None]

    @classmethod
    def _unfinished(cls, path: Path) -> Journal | None:
        lines = read_lines(path)
        if not lines or lines[0].get("event") != "begin" or any(line.get("event") == "end" for line in lines):
            return None
        steps = {
            event: [line["step"] for line in lines if line.get("event") == event]
            for event in ("step", "done")
        }
        return cls(path, lines[0]["operation"], lines[0]["facts"], steps["step"], steps["done"], resumed=True)

    def begin(self, step: str) -> None:
        """The step is about to be done."""
        self.begun.append(step)
        self._write(event="step", step=step)

    def mark(self, step: str, **answer: Any) -> None:
        """The step is done."""
        self.done.append(step)
        self._write(event="done", step=step, **answer)

    def end(self, ok: bool, **words: str) -> None:
        """The operation is over, well or not; it will not be gone on with."""
        self._write(event="end", ok=ok, **words)

    def _write(self, **facts: Any) -> None:
        append_line(self.path, {"at": clock.now().isoformat(timespec="milliseconds"), **facts})


@contextmanager
def alone(lock: Path, what: str, wait_seconds: float = 0) -> Iterator[None]:
    """One operation at a time on a host; another one is waited for as long as told.

    Raises: Failure naming the other one.
    """
    ends = time.monotonic() + wait_seconds
    with lock.open("a+", encoding="utf-8") as stream:
        while not _got(stream):
            if time.monotonic() >= ends:
                stream.seek(0)
                raise Failure(
                    f"Another operation is under way: {stream.read().strip() or 'unknown'}.",
                    "It goes on.",
                    "Wait for its end, then run the same command again.",
                )
            time.sleep(1)
        stream.truncate(0)
        stream.write(f"{what}, since {clock.now().isoformat(timespec='seconds')}\n")
        stream.flush()
        yield


def _got(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(lock: Path) -> bool:
    """Whether an operation is under way; asked of the kernel's list, since trying the lock would hinder one that begins."""
    if not lock.exists():
        return False
    inode = f":{lock.stat().st_ino}"
    held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return any("FLOCK" in line and any(word.endswith(inode) for word in line.split()) for line in held)


def append_line(path: Path, facts: dict[str, Any]) -> None:
    """Add one line of JSON to a file, surely on the disk."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(facts, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The lines of such a file, up to one that a power cut left half."""
    found: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def write_whole(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace a file at once, surely on the disk."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with open(handle, "w", encoding="utf-8") as stream:
        os.fchmod(stream.fileno(), mode)
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def swap_link(link: Path, to: str) -> None:
    """Point a link elsewhere at once: it is the old one or the new one, never gone."""
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(to)
    beside.replace(link)
    sync_folder(link.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
