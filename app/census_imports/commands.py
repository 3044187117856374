"""The shell's way to imports: compare a file with a list, take it over or not, undo."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from datetime import datetime
from shutil import copyfileobj
from typing import Any, BinaryIO

import click

from app.census import queries as census
from app.census import service as lists
from app.census.models import CensusImport, CensusList
from app.census_imports import queries, rules, service, wording
from app.census_imports.errors import NothingToUndo
from app.census_imports.presets import PRESET_OF, PRESETS, Field, Wish
from app.census_imports.service import Asked
from app.core import clock
from app.core.db import db
from app.core.errors import Refusal

ACTOR = "shell"
SHOWN = 200
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("census-prepare")
@click.option("--list", "name", default="")
@click.option("--preset", type=click.Choice(list(PRESETS)))
@click.option("--column", "columns", multiple=True, help="FIELD=HEADER, or FIELD=HEADER+HEADER.")
@click.option("--from", "effective", type=DAY)
def census_prepare(
    name: str, preset: str | None, columns: tuple[str, ...], effective: datetime | None
) -> None:
    """Compare the file on standard input with a list; say what it would change. Nothing is changed yet."""
    target = census.get_named(name)
    day = effective.date() if effective else clock.today()
    asked = Asked(preset or PRESET_OF[target.country], day, _wish(columns))
    with tempfile.TemporaryFile() as copy:
        stream: BinaryIO = sys.stdin.buffer
        if (
            not stream.seekable()
        ):  # a pipe cannot be read twice; the copy has no name and is gone with the process
            copyfileobj(stream, copy)
            stream = copy
        bringing = _prepare(target, stream, asked)
    click.echo(json.dumps(_said(bringing)))


@click.command("census-apply")
@click.argument("import_id", type=int)
@click.option("--gone", type=int, help="How many leave the list, if more than one in ten do.")
def census_apply(import_id: int, gone: int | None) -> None:
    """Bring the list to what a prepared import says."""
    bringing = queries.get_import(import_id)
    service.apply(ACTOR, bringing, gone)
    db.session.commit()
    click.echo(json.dumps({"import": import_id, "state": bringing.state}))


@click.command("census-discard")
@click.argument("import_id", type=int)
def census_discard(import_id: int) -> None:
    """Forget a prepared import."""
    service.discard(ACTOR, queries.get_import(import_id))
    db.session.commit()
    click.echo(json.dumps({"import": import_id, "state": "discarded"}))


@click.command("census-undo")
@click.option("--list", "name", default="")
def census_undo(name: str) -> None:
    """Undo the last import of a list."""
    target = census.get_named(name)
    last = census.find_last(target.id)
    if last is None:
        raise NothingToUndo
    service.undo(ACTOR, last)
    db.session.commit()
    said = {"list": target.name, "import": last.id, "entries": census.count_entries(target.id)}
    click.echo(json.dumps(said))


def _prepare(target: CensusList, stream: BinaryIO, asked: Asked) -> CensusImport:
    """Committed batch by batch; what is refused midway leaves nothing behind."""
    bringing = service.begin(ACTOR, target, "reading", asked)
    db.session.commit()
    try:
        service.read_file(bringing, stream, asked.columns, db.session.commit)
    except Refusal:
        db.session.rollback()
        service.forget(bringing)
        db.session.commit()
        raise
    db.session.commit()
    return bringing


def _said(bringing: CensusImport) -> dict[str, Any]:
    target = census.get_list(bringing.list_id)
    rejects = queries.list_rejects(bringing.id, SHOWN)
    return {
        "import": bringing.id,
        "list": target.name,
        "from": bringing.effective_on.isoformat(),
        "encoding": bringing.encoding,
        "delimiter": bringing.delimiter,
        "columns": bringing.columns,
        "districts": list(queries.list_districts(bringing.id)),
        "without_district": sum(bringing.streets.values()),
        "streets": dict(Counter(bringing.streets).most_common(SHOWN)),
        "has_other_key": bool(bringing.standing) and lists.has_other_key(target),
        **{
            name: getattr(bringing, name)
            for name in ("rows", "standing", "added", "changed", "ended", "rejected")
        },
        "must_confirm": rules.must_confirm(bringing.ended, bringing.standing),
        "rejects": [
            {"line": one.line, "field": one.field, "why": wording.reject_reason(one)} for one in rejects
        ],
    }


def _wish(columns: tuple[str, ...]) -> Wish:
    wish = {}
    for given in columns:
        name, _, headers = given.partition("=")
        if name not in list(Field) or not headers.strip():
            known = ", ".join(Field)
            raise click.BadParameter(f"{given} is not FIELD=HEADER. Fields are {known}.")
        wish[Field(name)] = tuple(headers.split("+"))
    return wish
