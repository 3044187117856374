"""The facts of a trial site."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cli import assets, config
from cli.doctor import measure
from cli.doctor.facts import Facts, Part
from cli.errors import Failure
from cli.trial import address, parts
from cli.trial.folder import PARTS, TrialFolder


def gather(folder: TrialFolder) -> Facts:
    """Look at everything; a few seconds at most."""
    remembered = folder.remembered()
    url = remembered.get("url", "")
    settings = folder.settings()
    faults = config.faults_of(settings)
    told, error = ({}, None) if faults else _ask_app(folder)
    env_file = measure.file(folder.env_file, os.geteuid())
    return Facts(
        is_trial=True,
        parts=_parts(folder),
        answer=address.answer(url, "/readyz") if url else None,
        front_page=address.answer(url, "/") if url else None,
        settings=settings,
        settings_faults=tuple(faults),
        files=(env_file,) if env_file else (),
        disks=(measure.disk(folder.path),),
        memory_bytes=measure.memory_bytes(),
        release=measure.release(),
        listen=remembered.get("listen"),
        app=told,
        app_error=error,
        code_changed_at=_code_changed_at(),
        tracebacks=sum(measure.tracebacks(folder.log(part)) for part in PARTS),
    )


def _parts(folder: TrialFolder) -> tuple[Part, ...]:
    running = parts.running(folder)
    return tuple(
        Part(part, part in running, began_at=running[part].began_at if part in running else None)
        for part in PARTS
    )


def _ask_app(folder: TrialFolder) -> tuple[dict[str, Any], str | None]:
    app = folder.app_commands()
    try:
        return app.call("facts", standing="", then=""), None
    except Failure as failure:
        return {}, failure.failed


def _code_changed_at() -> float | None:
    root = assets.clone()
    if root is None:
        return None
    return max(_changed_at(path) for path in (root / "app").rglob("*.py"))


def _changed_at(path: Path) -> float:
    return path.stat().st_mtime
