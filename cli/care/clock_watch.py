"""Notices that the clock was set by a leap: the time of day and the time since the boot must pass alike (F9)."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from pathlib import Path

from cli import clock
from cli.care import word
from cli.lifecycle.journal import write_whole

FILE = "clock.json"
LEAP_SECONDS = 60.0
REMEMBERED = timedelta(hours=24)
BOOT = Path("/proc/sys/kernel/random/boot_id")


def watch(ops: Path) -> None:
    """Compare with the last look since this boot, and remember both for the next."""
    before, now = word.find(ops / FILE), clock.now()
    passed = time.clock_gettime(time.CLOCK_BOOTTIME)
    boot = BOOT.read_text(encoding="ascii").strip()
    seen = {"boot": boot, "at": now.timestamp(), "passed": passed}
    leap = {name: before[name] for name in ("leapt_at", "leapt_seconds") if name in before}
    if before.get("boot") == boot:
        seconds = (now.timestamp() - before["at"]) - (passed - before["passed"])
        if abs(seconds) > LEAP_SECONDS:
            leap = {"leapt_at": now.isoformat(), "leapt_seconds": round(seconds)}
    write_whole(ops / FILE, json.dumps({**seen, **leap}) + "\n", 0o600)


def find_leap(ops: Path) -> float | None:
    """By how many seconds the clock leapt within the last day; None when it did not."""
    said = word.find(ops / FILE)
    if "leapt_at" not in said:
        return None
    is_fresh = abs(clock.now() - datetime.fromisoformat(said["leapt_at"])) < REMEMBERED
    return float(said["leapt_seconds"]) if is_fresh else None
