"""Processes that outlive a verb: which one was meant, although ids are used again after a while and after a reboot."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

POLL_SECONDS = 0.05
GROWTH_SECONDS = 2.0
"""How long a process that is asked for another child may take to make it."""


@dataclass(frozen=True)
class Process:
    """A process that leads its own session: its id, and the boot and clock tick at which it began."""

    pid: int
    boot: str
    tick: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """The running process `pid`.

        Raises: ProcessLookupError when there is none.
        """
        tick = _stat(pid)
        if tick is None:
            raise ProcessLookupError(pid)
        return cls(pid, boot_id(), tick[1])

    @classmethod
    def read(cls, path: Path) -> Process | None:
        """The process that `write` recorded; None when there is no record, or only a part of one."""
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: Path) -> None:
        """Record it."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    def is_running(self) -> bool:
        """Whether exactly this one still runs (one that ended and waits to be reaped does not)."""
        return self.boot == boot_id() and self._is_here(self.pid)

    @property
    def began_at(self) -> float:
        """When it began, in seconds of the Unix clock."""
        booted = next(
            line
            for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()
            if line[:5] == "btime"
        )
        return int(booted.split()[1]) + self.tick / os.sysconf("SC_CLK_TCK")

    def stop(self, patience_seconds: float) -> bool:
        """Ask it to end, and end whatever of its session is left after `patience_seconds`; whether it ended by itself."""
        if self.boot != boot_id():
            return True
        if self.is_running():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + patience_seconds
        while self._session():
            if time.monotonic() > deadline:
                for pid in self._session():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                return False
            time.sleep(POLL_SECONDS)
        return True

    def memory_bytes(self) -> int:
        """What the session holds in memory of its own (shared pages counted once by the kernel, where it tells)."""
        return sum(_proportional_set_size(pid) for pid in self._session())

    def _is_here(self, pid: int) -> bool:
        stat = _stat(pid)
        return stat is not None and stat[1] == self.tick

    def _session(self) -> list[int]:
        """Its own id and those of its children: an id of a session is not used again while the session lives."""
        found = []
        for entry in os.listdir("/proc"):
            if (
                entry.isdigit()
                and (stat := _stat(int(entry)))
                and stat[0] == self.pid
                and stat[1] >= self.tick
            ):
                found.append(int(entry))
        return found


def grow(gunicorn: int, number: int) -> None:
    """Let gunicorn, by the id of its main process, have so many workers at least; one that does not run is left alone."""
    while 0 < (had := _count_children(gunicorn)) < number:
        os.kill(gunicorn, signal.SIGTTIN)
        ends = time.monotonic() + GROWTH_SECONDS
        while _count_children(gunicorn) <= had:
            if time.monotonic() > ends:
                return
            time.sleep(POLL_SECONDS)


def _count_children(pid: int) -> int:
    try:
        return len(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split())
    except OSError:
        return 0


def boot_id() -> str:
    """A name for the time since the machine was last started."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _stat(pid: int) -> tuple[int, int] | None:
    """Session and starting tick of a process; None when it ended. See proc(5): fields 3, 6 and 22."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else (int(fields[3]), int(fields[19]))


def _proportional_set_size(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
