"""What the host tells the site in small files: whether it is in maintenance, how its backups and drills stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask, current_app

FOLDER = "CIVIC_STATE"
_KEPT = "civic.host"
_Stamp = tuple[int, int, int]


def init_app(app: Flask) -> None:
    """Remember where the files lie."""
    app.config[FOLDER] = app.config["CIVIC"].state_dir
    app.extensions[_KEPT] = {}


def read(name: str) -> dict[str, Any]:
    """The facts of a file, read again only when it changed; empty when it is not there or not whole."""
    path: Path = current_app.config[FOLDER] / name
    try:
        found = path.stat()
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
    except OSError:
        return {}
    kept: dict[Path, tuple[_Stamp, dict[str, Any]]] = current_app.extensions[_KEPT]
    if path not in kept or kept[path][0] != stamp:
        kept[path] = (stamp, _parse(path))
    return kept[path][1]


def _parse(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
