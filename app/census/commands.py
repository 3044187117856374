"""The shell's way to the census: add a list, compare a file with it, take it over or not, undo."""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from datetime import datetime
from shutil import copyfileobj
from typing import Any, BinaryIO

import click
from flask import current_app
from sqlalchemy.exc import OperationalError

from app.census import queries, renewal, rules, service
from app.census.errors import ROW_SENTENCES, ImportRunning, NothingToUndo
from app.census.models import CensusImport, CensusList
from app.census.presets import PRESETS, Field, Wish
from app.census.service import Asked, NewList
from app.core.db import db
from app.core.errors import Refusal

ACTOR = "shell"
SHOWN = 200
DAY = click.DateTime(["%Y-%m-%d"])


@click.command("census-add")
@click.argument("name")
@click.option("--source", required=True, type=click.Choice(["electoral_roll", "padron", "register", "desk"]))
@click.option("--basis", required=True, help="Law or decision.")
@click.option("--keep-until", required=True, type=DAY)
@click.option("--country", type=click.Choice(["fr", "es", "other"]), help="The site's, unless told.")
@click.option("--known-by", type=click.Choice(["number", "civil-status"]))
def census_add(**given: Any) -> None:
    """Add the census list NAME."""
    kept_until = given["keep_until"].date()
    country = given["country"] or current_app.config["CIVIC"].country
    known_by = given["known_by"] or ("civil-status" if country == "fr" else "number")
    new = NewList(given["name"], given["source"], given["basis"], kept_until, country, known_by)
    added = service.add_list(ACTOR, new)
    db.session.commit()
    click.echo(json.dumps({"list": added.name, "id": added.id}))


@click.command("census-lists")
def census_lists() -> None:
    """Say which lists there are and how many entries stand on each."""
    lists = [
        {
            "list": one.list.name,
            "source": one.list.source,
            "legal_basis": one.list.legal_basis,
            "keep_until": one.list.kept_until_on.isoformat(),
            "known_by": one.list.identity,
            "entries": one.entries,
            "holds_from": one.last.effective_on.isoformat() if one.last else None,
            "has_other_key": service.has_other_key(one.list),
        }
        for one in queries.list_standing()
    ]
    click.echo(json.dumps({"lists": lists}))


@click.command("census-prepare")
@click.option("--list", "name", default="")
@click.option("--preset", type=click.Choice(list(PRESETS)))
@click.option("--column", "columns", multiple=True, help="FIELD=HEADER, or FIELD=HEADER+HEADER.")
@click.option("--from", "effective", type=DAY)
def census_prepare(
    name: str, preset: str | None, columns: tuple[str, ...], effective: datetime | None
) -> None:
    """Compare the file on standard input with a list; say what it would change. Nothing is changed yet."""
    target = _named(name)
    day = effective.date() if effective else service.today()
    asked = Asked(preset or service.PRESET_OF[target.country], day, _wish(columns))
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
    target = _named(name)
    last = queries.find_last(target.id)
    if last is None:
        raise NothingToUndo
    service.undo(ACTOR, last)
    db.session.commit()
    said = {"list": target.name, "import": last.id, "entries": queries.count_entries(target.id)}
    click.echo(json.dumps(said))


@click.command("census-peppers")
def census_peppers() -> None:
    """Say which lists the newest pepper does not open, and which none does."""
    standing = renewal.find_standing()
    click.echo(json.dumps({"left": standing.left, "lost": standing.lost}))


@click.command("census-renew")
@click.option("--lost", is_flag=True, help="Go on without the pepper of lists that none of the site's opens.")
def census_renew(lost: bool) -> None:
    """Make the hashes of all lists anew with the newest pepper, a list in a transaction."""
    standing = renewal.find_standing()
    rows = {}
    for name in standing.lost if lost else standing.left:
        target = _named(name)
        rows[name] = 0
        if lost:
            renewal.give_up(ACTOR, target)
        else:
            rows[name] = renewal.renew(ACTOR, target)
        db.session.commit()
    click.echo(json.dumps({"rows": rows, "lost": [] if lost else standing.lost}))


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


def _named(name: str) -> CensusList:
    try:
        return queries.get_named(name)
    except OperationalError as busy:  # SQLite has waited for another import as long as it does
        raise ImportRunning from busy


def _said(bringing: CensusImport) -> dict[str, Any]:
    target = queries.get_list(bringing.list_id)
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
        "has_other_key": bool(bringing.standing) and service.has_other_key(target),
        **{
            name: getattr(bringing, name)
            for name in ("rows", "standing", "added", "changed", "ended", "rejected")
        },
        "must_confirm": rules.must_confirm(bringing.ended, bringing.standing),
        "rejects": [
            {"line": one.line, "field": one.field, "why": str(ROW_SENTENCES[one.reason])} for one in rejects
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
