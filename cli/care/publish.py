"""Tells the site's own pages how it is cared for: no paths, no reasons, no secrets, only instants, numbers and codes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cli import clock
from cli.care import records, told, word
from cli.care.records import Drill, Records, Store, Upgrade
from cli.site import ENV_FILE, OPS, STATE, HostSite

FILE = "state.json"
SHOWN = 30


def publish(root: Path = Path("/")) -> None:
    """Write down for the system page what is known now; called after a backup, a drill, an upgrade, and by the care timer."""
    site = HostSite(root)
    ops = site.path(OPS)
    known = records.read(ops)
    if site.path(ENV_FILE).is_file():
        known = records.as_set_up(known, records.stores_of(site.given()))
    said = facts(known, site.version() if site.exists() else "")
    said["alerts"] = [
        {"code": one.code, "is_grave": one.is_grave, "since": one.since.isoformat()}
        for one in told.read(ops / told.FILE).standing
        if one.gone_at is None
    ]
    word.leave(site.path(STATE) / FILE, said)


def facts(known: Records, release: str) -> dict[str, Any]:
    """What the page shows, without the alerts."""
    return {
        "at": clock.now().isoformat(timespec="seconds"),
        "release": release,
        "stores": [_store(one) for one in known.stores],
        "drills": [_drill(one) for one in known.drills[-SHOWN:]],
        "upgrades": [_upgrade(one) for one in known.upgrades[-SHOWN:]],
    }


def _store(one: Store) -> dict[str, Any]:
    return {"name": one.name, "last_set_at": _text(one.last_set_at), "failed_at": _text(one.failed_at)}


def _drill(one: Drill) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "store": one.store,
        "ok": one.ok,
        "set_made_at": _text(one.set_made_at),
        "restore_seconds": one.restore_seconds,
        "newest_data_at": _text(one.newest_data_at),
    }


def _upgrade(one: Upgrade) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "from": one.before,
        "to": one.to,
        "ok": one.ok,
        "requests": one.requests,
        "failed": one.failed,
        "seconds": one.seconds,
    }


def _text(moment: Any) -> str | None:
    return moment.isoformat() if moment else None
