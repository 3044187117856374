"""The facts about backups, drills and work on this host."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cli import clock, run
from cli.care import clock_watch, maintenance, records, word
from cli.care.records import Records
from cli.doctor.facts import Care
from cli.lifecycle.journal import Journal, is_held
from cli.site import OPS, RELEASES, STATE, HostSite

INSTALLED = "files.json"
"""Written by the module civic.host.files: the hash of each file that install put in place."""
UNITS = ("civic-*", "caddy.service", "postgresql*.service")
TELLERS = ("civic-alert@", "civic-care.")
"""Units that tell of failures: their own would only tell that telling failed."""


def gather(site: HostSite, settings: Mapping[str, str]) -> Care:
    """Look at the records, the journal, the units and the files."""
    ops = site.path(OPS)
    known = records.as_set_up(records.read(ops), records.stores_of(settings))
    is_busy = is_held(ops / "lock")
    return Care(
        now=clock.now(),
        known=known,
        missing_stores=missing(known),
        unfinished=() if is_busy else unfinished(ops / "journal"),
        failed_units=_failed_units(),
        drifted=drifted(site),
        unfinished_releases=() if is_busy else unfinished_releases(site),
        maintenance=maintenance.read(site.path(STATE)),
        renewal_faults=_renewal_faults(),
        clock_leap_seconds=clock_watch.find_leap(ops),
    )


def missing(known: Records) -> tuple[str, ...]:
    """Stores in a folder of this host that is not there, though a set is; others say by their failure that they are not reached.

    While the first set is on its way, the folder may not be there yet.
    """
    folders = {one.name: one.where.removeprefix("age:") for one in known.stores if one.last_set_at}
    return tuple(name for name, path in folders.items() if path.startswith("/") and not Path(path).is_dir())


def unfinished(folder: Path) -> tuple[str, ...]:
    """Operations that were cut short, with the step that they stopped at."""
    found = Journal.list_unfinished(folder) if folder.is_dir() else []
    return tuple(f"{one.operation}, at the step {one.begun[-1] if one.begun else 'begin'}" for one in found)


def drifted(site: HostSite) -> tuple[str, ...]:
    """Installed files whose content is another one now."""
    installed = word.find(site.path(OPS) / INSTALLED)
    return tuple(
        path for path, wanted in sorted(installed.items()) if _sha256(site.path(Path(path))) != wanted
    )


def unfinished_releases(site: HostSite) -> tuple[str, ...]:
    """Folders of releases without a manifest, which is written last."""
    found = sorted(site.path(RELEASES).glob("*"))
    return tuple(path.name for path in found if path.is_dir() and not (path / "MANIFEST.json").is_file())


def _sha256(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _failed_units() -> tuple[str, ...]:
    listed = run.capture(
        ["systemctl", "list-units", "--state=failed", "--plain", "--no-legend", "--full", *UNITS]
    )
    names = (line.split()[0] for line in listed.out.splitlines() if line.strip())
    return tuple(name for name in names if not name.startswith(TELLERS))


def _renewal_faults() -> int:
    """How often Caddy could not get a certificate within a day."""
    words = [
        "journalctl",
        "--unit=caddy.service",
        "--since=-24h",
        "--output=cat",
        "--grep=tls.(obtain|renew)",
    ]
    return sum(_is_fault(line) for line in run.capture([*words, "--no-pager"]).out.splitlines())


def _is_fault(line: str) -> bool:
    try:
        said = json.loads(line)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("level") == "error"
