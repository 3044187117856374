"""Census files for tests: a small town's register, and the way into a list."""

from __future__ import annotations

from datetime import date, timedelta
from io import BytesIO

from app.census import service
from app.census.models import CensusImport, CensusList
from app.census.service import NewList
from app.census_imports import service as imports
from app.census_imports.service import Asked
from app.core import clock
from app.core.db import db

HEADER = "number;family name;given name;date of birth;sex;district;language"


def row(number: int, family: str = "", **more: str) -> str:
    """One person's line; their number says who they are."""
    born = date(1930, 1, 1) + timedelta(days=number * 37 % 30_000)
    said = {"given": f"Zoé{number}", "birth": f"{born:%d/%m/%Y}", "sex": "F", "district": "Señorío", **more}
    return ";".join(
        [f"N-{number:05}", family or f"Núñez-{number}", said["given"], said["birth"], said["sex"], said["district"], "fr"]
    )  # fmt: skip


def file_of(*rows: str) -> bytes:
    """A file with these lines."""
    return ("\n".join([HEADER, *rows]) + "\n").encode()


def town(count: int = 40) -> bytes:
    """A file with so many people."""
    return file_of(*(row(number) for number in range(count)))


def make_list(name: str = "Roll", **more: str) -> CensusList:
    """An empty list, committed."""
    said = {"country": "other", "identity": "number", **more}
    new = NewList(name, "register", "Decision 12/2026", date(2199, 1, 1), said["country"], said["identity"])
    added = service.add_list("shell", new)
    db.session.commit()
    return added


def prepare(target: CensusList, file: bytes, on: date | None = None) -> CensusImport:
    """Compare a file with a list, committed."""
    bringing = imports.prepare("shell", target, BytesIO(file), Asked("free", on or clock.today()))
    db.session.commit()
    return bringing


def bring(target: CensusList, file: bytes, gone: int | None = None, on: date | None = None) -> CensusImport:
    """Compare a file with a list and take it over, committed."""
    bringing = prepare(target, file, on)
    imports.apply("shell", bringing, gone)
    db.session.commit()
    return bringing
