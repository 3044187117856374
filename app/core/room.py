"""The guard of the disk: at 95 % uploads are refused, so that votes still find room (F7)."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask, current_app, request
from flask_babel import gettext

from app.core.errors import Refusal

FULL_SHARE = 0.95
DATABASE = Path("/var/lib/postgresql")


class NoRoom(Refusal):
    """The host's disk is nearly full: what is left is kept for votes."""

    status = 507

    def message(self) -> str:
        """The sentence to show."""
        sentence: str = gettext(
            "The site's disk is nearly full, so it takes no files for now. Nothing was recorded. "
            "Tell the people who look after the site."
        )
        return sentence


def init_app(app: Flask) -> None:
    """Look at every request that brings files, before they are read."""
    app.before_request(_check)


def is_scarce(path: Path) -> bool:
    """Whether the file system of `path`, or of the nearest folder above it, is full to 95 %."""
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    found = os.statvfs(there)
    free = found.f_bavail * found.f_frsize
    return free < (1 - FULL_SHARE) * found.f_blocks * found.f_frsize


def _check() -> None:
    if request.mimetype == "multipart/form-data" and any(is_scarce(path) for path in _places()):
        raise NoRoom


def _places() -> list[Path]:
    settings = current_app.config["CIVIC"]
    places = [Path(settings.uploads_dir)]
    if settings.database_url.startswith("sqlite:///"):
        places.append(Path(settings.database_url.removeprefix("sqlite:///")))
    elif DATABASE.is_dir():
        places.append(DATABASE)
    return places
