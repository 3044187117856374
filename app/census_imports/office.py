"""The officers' pages of imports: a list with its files, which column holds what, what a file would change."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import BinaryIO, cast

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.census import queries as census
from app.census import retention
from app.census import service as lists
from app.census.models import CensusImport
from app.census.wording import identity_name, source_name
from app.census_imports import arrival, deposit, export, forms, presets, queries, rules, service, wording
from app.census_imports.arrival import Look
from app.core import clock
from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import day_fields, read_day, show_again
from app.core.policy import Role, allow
from app.districts import service as districts
from app.tables.errors import FileRefused

blueprint = Blueprint("census_imports", __name__, template_folder="templates")

LOOK_AGAIN_SECONDS = 4
SHOWN_REJECTS = 50
SHOWN_STREETS = 50
PAGE = "census_imports/import.html"


@blueprint.route("/office/census/<int:list_id>", methods=["GET", "POST"])
@allow(Role.OFFICER)
@takes_files
def show(list_id: int) -> Response | str:
    """A list with its imports; and take in a file."""
    if request.method != "POST":
        return render_template("census_imports/list.html", errors={}, **_list(list_id))
    try:
        file = request.files.get("file")
        if file is None or not file.filename:
            raise FileRefused("none")
        with closing(file.stream):
            stream = cast("BinaryIO", file.stream)
            bringing = arrival.receive(g.me.actor, census.get_list(list_id), stream)
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, "census_imports/list.html", "file", **_list(list_id))
    db.session.commit()
    return redirect(url_for("census_imports.bring", import_id=bringing.id), 303)


@blueprint.get("/office/census/imports/<int:import_id>")
@allow(Role.OFFICER)
def bring(import_id: int) -> Response | str:
    """Where a file stands on its way into the list, and what to do next."""
    bringing = queries.get_import(import_id)
    if bringing.state == "sent":
        try:
            return _columns(bringing, arrival.look_at(bringing))
        except FileRefused as refused:
            return show_again(refused, PAGE, "file", **_import(queries.get_import(import_id)))
    page = make_response(render_template(PAGE, errors={}, **_import(bringing)))
    if bringing.state in queries.BUSY:
        page.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return page


@blueprint.post("/office/census/imports/<int:import_id>/columns")
@allow(Role.OFFICER)
def choose(import_id: int) -> Response | str:
    """Say which column holds what, and from which day the file holds."""
    bringing = queries.get_import(import_id)
    if bringing.state != "sent":  # sent twice
        return redirect(url_for("census_imports.bring", import_id=import_id), 303)
    look = arrival.look_at(bringing)
    columns = forms.read_columns(request.form, presets.list_ways(look.header))
    try:
        arrival.choose(bringing, look, columns, read_day(request.form, "effective"))
    except Refusal as refusal:
        db.session.rollback()
        return _columns(queries.get_import(import_id), look, columns, refusal)
    db.session.commit()
    return redirect(url_for("census_imports.bring", import_id=import_id), 303)


@blueprint.post("/office/census/imports/<int:import_id>/<any(apply, discard, undo):step>")
@allow(Role.OFFICER)
def take_step(import_id: int, step: str) -> Response:
    """Take a prepared import over, forget it, or undo the last one."""
    bringing = queries.get_import(import_id)
    typed = request.form.get("gone", "").strip()
    list_id = bringing.list_id
    try:
        if step == "apply":
            arrival.want(g.me.actor, bringing, int(typed) if typed.isascii() and typed.isdecimal() else None)
        elif step == "discard":
            service.discard(g.me.actor, bringing)
        else:
            arrival.want_undone(g.me.actor, bringing)
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, PAGE, "gone", **_import(queries.get_import(import_id), typed[:12]))
    db.session.commit()
    if step == "discard":
        deposit.drop(import_id)
        return redirect(url_for("census_imports.show", list_id=list_id), 303)
    return redirect(url_for("census_imports.bring", import_id=import_id), 303)


@blueprint.get("/office/census/imports/<int:import_id>/rejects.csv")
@allow(Role.OFFICER)
def rejects(import_id: int) -> Response:
    """Why rows were not taken: line, field, reason, and nothing of what the row said."""
    answer = Response(export.write_rejects(queries.get_import(import_id)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=rejects-{import_id}.csv"
    return answer


@blueprint.get("/office/census/imports/<int:import_id>/streets.csv")
@allow(Role.OFFICER)
def streets(import_id: int) -> Response:
    """Streets that the table does not tell, in its own form: with the districts filled in they can be added to it."""
    answer = Response(districts.export_unmatched(queries.get_import(import_id).streets), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f"attachment; filename=streets-{import_id}.csv"
    return answer


def _list(list_id: int) -> dict[str, object]:
    target = census.get_list(list_id)
    return {
        "list": target,
        "entries": census.count_entries(list_id),
        "imports": queries.list_imports(list_id),
        "last": census.find_last(list_id),
        "has_other_key": lists.has_other_key(target),
        "is_ending": retention.is_ending(target, clock.today()),
        "source": source_name(target.source),
        "identity": identity_name(target.identity),
        "wording": wording,
    }


def _import(bringing: CensusImport, typed: str = "") -> dict[str, object]:
    last = census.find_last(bringing.list_id)
    return {
        "one": bringing,
        "list": census.get_list(bringing.list_id),
        "typed": typed,
        "must_confirm": rules.must_confirm(bringing.ended, bringing.standing),
        "is_last": last is not None and last.id == bringing.id,
        "rejects": queries.list_rejects(bringing.id, SHOWN_REJECTS),
        "districts": queries.list_districts(bringing.id),
        "streets": Counter(bringing.streets).most_common(SHOWN_STREETS),
        "wording": wording,
    }


def _columns(
    bringing: CensusImport, look: Look, columns: presets.Columns | None = None, refusal: Refusal | None = None
) -> Response | str:
    target = census.get_list(bringing.list_id)
    chosen = look.columns if columns is None else columns
    ways = presets.list_ways(look.header)
    values = request.form if refusal else day_fields("effective", bringing.effective_on)
    page = {
        "one": bringing, "list": target, "look": look, "values": values, "wording": wording,
        "needed": presets.NEEDED[target.identity], "fields": list(presets.FIELDS[target.identity]),
        "chosen": {str(field): wording.way_value(places) for field, places in chosen.items()},
        "ways": [(wording.way_value(places), " + ".join(look.header[at] for at in places)) for places in ways],
    }  # fmt: skip
    if refusal is None:
        return render_template("census_imports/columns.html", errors={}, **page)
    return show_again(refusal, "census_imports/columns.html", "effective", **page)
