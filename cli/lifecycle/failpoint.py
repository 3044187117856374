"""Points at which a test makes an operation fail: a kill, an error, a full disk, a broken disk, a hang.

A test writes `POINT KIND` into FILE, for instance `upgrade.switch.after kill`. The folder is root's and lies in memory: who can
write there needs no failpoint to do harm, and a reboot forgets it. Without the file a point costs one look.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from pathlib import Path

FILE = Path("/run/civic-failpoint")
KINDS = ("kill", "raise", "full", "io", "hang")
HANG_LIMIT_SECONDS = 3


class Injected(Exception):
    """What the kind `raise` raises: a fault that nobody thought of."""


def reach(point: str) -> None:
    """Fail here if a test asked for it, once."""
    if _asked_for(point):
        kind = FILE.read_text(encoding="utf-8").split()[1]
        FILE.unlink()
        _fail(kind, point)


def limit_of(step: str, seconds: int) -> int:
    """How long a step may take: its own limit, or a few seconds when a test lets it hang."""
    hangs = any(_asked_for(f"{step}.{when}", "hang") for when in ("before", "after"))
    return HANG_LIMIT_SECONDS if hangs else seconds


def _asked_for(point: str, kind: str = "") -> bool:
    try:
        words = FILE.read_text(encoding="utf-8").split()
    except OSError:
        return False
    return len(words) == 2 and words[0] == point and words[1] in KINDS and kind in ("", words[1])


def _fail(kind: str, point: str) -> None:
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(3600)
    if kind in ("full", "io"):
        number = errno.ENOSPC if kind == "full" else errno.EIO
        raise OSError(number, os.strerror(number), point)
    raise Injected(point)
