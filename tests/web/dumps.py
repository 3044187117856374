"""What a thief has: every value of every table, and all that the town's people can be called; the code is public."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

from app.core.db import db

PEOPLE = 40


def stolen() -> set[bytes]:
    """Every value of every table that could be a hash, as an attacker finds it."""
    rows = (
        tuple(found)
        for table in db.metadata.sorted_tables
        for found in db.session.execute(select(table)).all()
    )
    return {bytes(value) for found in rows for value in found if isinstance(value, bytes | memoryview)}


def dictionary() -> Iterator[str]:
    """All numbers that the town can have, and all names with all births, as the site hashes them: the code is public."""
    for number in range(PEOPLE):
        born = date(1930, 1, 1) + timedelta(days=number * 37 % 30_000)
        yield f"identity|N{number:05}"
        yield f"family|{born}|nunez {number}"
        yield f"given|{born}|zoe{number}"
