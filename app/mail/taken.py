"""What the mail server took: a letter's number is in a file once the server says yes; the database hears of it a batch at a time.

A transaction for each letter costs five times what sending it does. What a process has written to a file stays when it is killed,
so a letter is not sent again for want of its transaction; after a power cut, those of the last second may be.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app


class Taken:
    """The numbers of letters that one connection's mail server took and that the database has not heard of."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.numbers: list[int] = []

    def add(self, number: int) -> None:
        """Note that this letter was taken. Raises: OSError when the disk is full; it is among the `numbers` all the same."""
        self.numbers.append(number)
        os.write(self._descriptor, b"%d\n" % number)

    def clear(self) -> None:
        """Forget them: the database has heard of them."""
        self.numbers.clear()
        os.ftruncate(self._descriptor, 0)


@contextmanager
def noting(place: int) -> Iterator[Taken]:
    """The notes of the connection with this number; no two that are open at a time may have the same."""
    folder().mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder() / str(place), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield Taken(descriptor)
    finally:
        os.close(descriptor)


def left_over() -> list[int]:
    """The numbers that a process which was killed, or whose database went away, has left."""
    lines = (line for path in folder().glob("*") for line in path.read_bytes().splitlines(keepends=True))
    return [int(line) for line in lines if line.endswith(b"\n")]


def drop_left_over() -> None:
    """Forget what was left over."""
    for path in folder().glob("*"):
        path.unlink()


def folder() -> Path:
    """Where the notes lie."""
    return Path(current_app.config["CIVIC"].uploads_dir) / "outbox"
