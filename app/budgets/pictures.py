"""Pictures of projects: files in a folder of the uploads, or drawings that come with the sample town."""

from __future__ import annotations

import re
from pathlib import Path

from flask import current_app

TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp", ".jpg": "image/jpeg"}
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""A drawing opened by itself is a document of the site: it runs nothing, asks for nothing and has no origin."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,80}\.(svg|png|webp|jpg)")


def folder() -> Path:
    """Where the pictures are."""
    return Path(current_app.config["CIVIC"].uploads_dir) / "projects"


def find_file(name: str) -> Path | None:
    """The file of that name, if it is one of ours."""
    if not _NAME.fullmatch(name):
        return None
    path = folder() / name
    return path if path.is_file() else None


def keep(name: str, content: str) -> None:
    """Keep a drawing under this name; at once, for a backup may have the file before it by the hand."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name for a picture: {name}")
    folder().mkdir(parents=True, exist_ok=True)
    beside = folder() / f".{name}.new"
    beside.write_text(content, encoding="utf-8")
    beside.replace(folder() / name)
