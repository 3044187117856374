"""What became of each upgrade and rollback, one line each: for `civic status` and the officers' system page."""

from __future__ import annotations

from typing import Any

from cli import clock
from cli.care.publish import publish
from cli.lifecycle.go_live import OPS
from cli.lifecycle.journal import append_line, read_lines
from cli.upgrade.prober import Seen

FILE = OPS / "upgrades.jsonl"


def append(before: str, after: str, seconds: float, seen: Seen, why: str = "") -> None:
    """Add a line, for the system page too; `why` says what failed, empty when all went well."""
    line = {
        "at": clock.now().isoformat(timespec="seconds"),
        "from": before,
        "to": after,
        "ok": not why,
        "requests": seen.requests,
        "failed": seen.failed,
        "slowest_ms": seen.slowest_ms,
        "seconds": round(seconds, 1),
        "why": why,
    }
    append_line(FILE, line)
    publish()


def read() -> list[dict[str, Any]]:
    """All lines, the oldest first."""
    return read_lines(FILE) if FILE.is_file() else []
