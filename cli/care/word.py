"""Word for the site: small files in its state folder that its user may read and only the host's root may write."""

from __future__ import annotations

import grp
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cli import run
from cli.lifecycle.journal import sync_folder

GROUP = "civic"


def leave(path: Path, facts: Mapping[str, Any]) -> None:
    """Replace the file at once: 0640, for root and the site's group; of a trial site, for its user alone."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as stream:
        json.dump(facts, stream, ensure_ascii=False, indent=1)
        if run.is_root():
            with suppress(KeyError):
                os.fchown(stream.fileno(), 0, grp.getgrnam(GROUP).gr_gid)
                os.fchmod(stream.fileno(), 0o640)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def find(path: Path) -> dict[str, Any]:
    """What the file says; empty when it is not there or not whole."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
