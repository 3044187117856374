"""A site for the length of a test: put together, its schema laid, its connections given back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

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


def build_addresses_once() -> None:
    """Have werkzeug write the function that builds a route's addresses once for all sites of a run: another quarter.

    It depends on the route's trace and nothing else: converters are those of the rule that it is called on.
    """
    written: dict[object, Any] = {}
    write = Rule._compile_builder

    def write_once(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return write(rule, append_unknown)
        key = (*rule._trace, append_unknown)
        return written.get(key) or written.setdefault(key, write(rule, append_unknown))

    Rule._compile_builder = write_once  # type: ignore[method-assign]


build_addresses_once()


@contextmanager
def empty_site(settings: Settings, *, has_schema: bool = False) -> Iterator[Flask]:
    """The site of these settings, with its schema, which is laid unless its database is a copy that has it, and nothing else."""
    site = create_app(settings)
    site.jinja_env.bytecode_cache = Compiled()
    if not has_schema:
        with site.app_context():
            migrating.migrate()
    try:
        yield site
    finally:
        with site.app_context():
            db.session.remove()
            db.engine.dispose()
