"""What the host says to the site: maintenance, drills, alerts."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from app.core import clock, host, maintenance


def close(folder: Path, minutes: float = 60) -> None:
    """Maintenance that began two hours ago and ends in `minutes`."""
    now = clock.now()
    facts = {
        "by": "marc",
        "reason": "new disk",
        "since": (now - timedelta(hours=2)).isoformat(),
        "until": (now + timedelta(minutes=minutes)).isoformat(),
    }
    (folder / maintenance.FILE).write_text(json.dumps(facts), encoding="utf-8")


def drill(hours_ago: float, *, ok: bool = True) -> dict[str, Any]:
    """A line of the host's history."""
    at = clock.now() - timedelta(hours=hours_ago)
    made = at - timedelta(hours=2)
    return {
        "at": at.isoformat(),
        "store": "cellar",
        "set": "s1",
        "ok": ok,
        "set_made_at": made.isoformat(),
        "restore_seconds": 74.2 if ok else None,
        "newest_data_at": made.isoformat() if ok else None,
    }


def tell(app: Flask, folder: Path, **facts: Any) -> None:
    """What the host last said."""
    app.config[host.FOLDER] = folder
    now = clock.now().isoformat()
    store = {"name": "cellar", "last_set_at": now, "failed_at": None}
    said = {"at": now, "release": "1.2.0-ab12", "stores": [store], "drills": [], "upgrades": [], "alerts": []}
    (folder / "state.json").write_text(json.dumps({**said, **facts}), encoding="utf-8")
