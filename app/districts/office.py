"""The officers' pages of the table of streets: what is in force, a file looked over, what no street matched."""

from __future__ import annotations

from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.districts import service, wording
from app.districts.errors import TableGone
from app.tables.errors import FileRefused

blueprint = Blueprint("districts", __name__, template_folder="templates")
SHOWN = 300
PAGE, LOOK = "districts/index.html", "districts/look.html"


@blueprint.route("/office/census/streets", methods=["GET", "POST"])
@allow(Role.OFFICER)
@takes_files
def index() -> Response | str:
    """The table in force; and take in a file, which is looked at first."""
    if request.method != "POST":
        return render_template(PAGE, errors={}, **_page())
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise FileRefused("none")
        with closing(file.stream):
            made = service.receive(cast("BinaryIO", file.stream))
    except Refusal as refusal:
        return show_again(refusal, PAGE, "file", **_page())
    db.session.commit()
    return redirect(url_for("districts.bring", table_id=made.id), 303)


@blueprint.route("/office/census/streets/files/<int:table_id>", methods=["GET", "POST"])
@allow(Role.OFFICER)
def bring(table_id: int) -> Response | str:
    """What the file would change, and the yes to all of it."""
    if request.method != "POST":
        return render_template(LOOK, errors={}, **_look(table_id))
    try:
        service.apply(g.me.actor, table_id)
    except TableGone:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, LOOK, "rows", **_look(table_id))
    db.session.commit()
    return redirect(url_for("districts.index"), 303)


@blueprint.get("/office/census/streets.csv")
@allow(Role.OFFICER)
def export() -> Response:
    """The table in force as a file."""
    return _file(service.export(), "streets.csv")


@blueprint.get("/office/census/streets/unmatched.csv")
@allow(Role.OFFICER)
def unmatched() -> Response:
    """Streets of people's addresses that the table does not know: no house, no name."""
    return _file(
        service.export_unmatched(street for street, _ in service.count_unmatched()), "unmatched-streets.csv"
    )


def _file(content: Any, name: str) -> Response:
    return Response(
        content, mimetype="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _page() -> dict[str, Any]:
    ranges, missing = service.list_ranges(), service.count_unmatched()
    return {
        "ranges": ranges[:SHOWN], "total": len(ranges), "districts": sorted({one.district for one in ranges}),
        "missing": missing[:SHOWN], "missing_more": max(0, len(missing) - SHOWN), "wording": wording,
    }  # fmt: skip


def _look(table_id: int) -> dict[str, Any]:
    outlook = service.get_outlook(table_id)
    return {
        "table_id": table_id, "outlook": outlook, "rejects": outlook.rejects[:SHOWN],
        "more": max(0, len(outlook.rejects) - SHOWN), "wording": wording,
    }  # fmt: skip
