"""Whether a process may serve the site: its schema fits, and no feature says what stands in the way."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, current_app
from sqlalchemy import Connection

from app.core import schema
from app.core.db import db

Hindrance = Callable[[], str | None]


class CannotServe(SystemExit):
    """The process ends at its start; the log says why."""


def find(connection: Connection) -> str | None:
    """Why this release cannot serve this database; None when it can."""
    return schema.find_hindrance(connection) or find_of_features()


def find_of_features() -> str | None:
    """What the first feature says that would hinder it; None when there is nothing."""
    asked: tuple[Hindrance, ...] = current_app.extensions["civic.hindrances"]
    return next((said for ask in asked if (said := ask())), None)


def refuse_to_start(app: Flask) -> None:
    """End this process before it serves anybody, if a feature could not work. Raises: CannotServe."""
    with app.app_context():
        said = find_of_features()
        db.engine.dispose()  # its connections are not for the processes that part from this one
    if said:
        raise CannotServe(f"civic does not start. {said}")
