"""A site for the length of a test: put together, its schema laid, its connections given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.settings import Settings


@contextmanager
def empty_site(settings: Settings) -> Iterator[Flask]:
    """The site of these settings, with its schema and nothing else."""
    site = create_app(settings)
    with site.app_context():
        migrating.migrate()
    try:
        yield site
    finally:
        with site.app_context():
            db.session.remove()
            db.engine.dispose()
