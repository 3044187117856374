"""What became of each upgrade and rollback, one line each: for `civic status` and the officers' system page."""

from __future__ import annotations

import json
import os
from typing import Any

from cli import clock
from cli.care.publish import publish
from cli.lifecycle.go_live import OPS
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
    with FILE.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    publish()


def read() -> list[dict[str, Any]]:
    """All lines, the oldest first."""
    if not FILE.is_file():
        return []
    return [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
