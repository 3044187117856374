"""A site for the length of a test: put together, its schema laid, its connections given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from app.core import migrating
from app.core.db import db
from app.factory import create_app
from app.settings import Settings


class Compiled(BytecodeCache):
    """Templates compiled once for all sites of a run, which takes a quarter of the time of a test of pages."""

    kept: ClassVar[dict[str, bytes]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What an earlier site compiled; looked at again by jinja, for its source may be another one."""
        if bucket.key in self.kept:
            bucket.bytecode_from_string(self.kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """For the next site."""
        self.kept[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def empty_site(settings: Settings) -> Iterator[Flask]:
    """The site of these settings, with its schema and nothing else."""
    site = create_app(settings)
    site.jinja_env.bytecode_cache = Compiled()
    with site.app_context():
        migrating.migrate()
    try:
        yield site
    finally:
        with site.app_context():
            db.session.remove()
            db.engine.dispose()
