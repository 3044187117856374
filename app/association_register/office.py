"""The officers' pages: the register, applications, grants, the fabric as a picture, the register as a file."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.association_register import importing
from app.associations import forms, membership, queries, rules, service, wording
from app.associations.errors import ImportGone, WrongColumns
from app.associations.rules import State
from app.core import clock
from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import NotFound, Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow

blueprint = Blueprint("association_office", __name__, template_folder="templates")
SHOWN = 300
PAGE, EDIT = "association_register/show.html", "association_register/edit.html"


@blueprint.get("/office/associations")
@allow(Role.OFFICER)
def index() -> str:
    """Applications that wait, then the register, narrowed by words, theme, district and how alive."""
    search, vitality = forms.read_search(request.args), request.args.get("vitality", "")
    rows = queries.list_register(search, clock.today())
    rows = [row for row in rows if row.vitality == vitality or vitality not in list(rules.Vitality)]
    return render_template(
        "association_register/index.html",
        waiting=queries.list_in_state(State.APPLIED),
        orphans=queries.list_orphans(),
        left_alone=queries.list_left_alone(),
        past=[*queries.list_in_state(State.REFUSED), *queries.list_in_state(State.ENDED)],
        rows=rows[:SHOWN],
        total=len(rows),
        search=search,
        vitality=vitality,
        districts=queries.list_districts(),
        wording=wording,
    )


@blueprint.get("/office/associations/fabric")
@allow(Role.OFFICER)
def fabric() -> str:
    """How many associations by theme, district, size and vitality; which are dormant."""
    rows = queries.list_register(queries.Search(), clock.today())
    dormant = [row for row in rows if row.vitality is rules.Vitality.DORMANT]
    counts = queries.count_fabric(rows)
    return render_template(
        "association_register/fabric.html", counts=counts, total=len(rows), dormant=dormant, wording=wording
    )


@blueprint.get("/office/associations/<int:association_id>")
@allow(Role.OFFICER)
def show(association_id: int) -> str:
    """One association: what it says, who is in it, grants, and what the officer can decide."""
    return render_template(PAGE, errors={}, values={}, **_page(association_id))


@blueprint.route("/office/associations/new", methods=["GET", "POST"])
@blueprint.route("/office/associations/<int:association_id>/description", methods=["GET", "POST"])
@allow(Role.OFFICER)
def edit(association_id: int | None = None) -> Response | str:
    """Mend what an association says of itself, or put one on the register without an application."""
    acting = None if association_id is None else service.as_officer(g.me.actor, association_id)
    one = acting.association if acting else None
    page = {"wording": wording, "districts": queries.list_districts(), "one": one}
    if request.method != "POST":
        return render_template(EDIT, errors={}, values=forms.values_of(one) if one else {}, **page)
    try:
        described = forms.read_description(forms.typed(request.form), needs_purpose=False)
        if acting is None:
            association_id = service.add(g.me.actor, described).id
        else:
            service.describe(acting, described)
    except Refusal as refusal:
        return show_again(refusal, EDIT, "name", values=request.form, **page)
    return _done(association_id)


@blueprint.post(
    "/office/associations/<int:association_id>/<any(validate, refuse, end, renew, delegate, grant):step>"
)
@allow(Role.OFFICER)
def take_step(association_id: int, step: str) -> Response:
    """Decide about an application or a registration, renew it, name a delegate by e-mail, note a grant."""
    acting, form = service.as_officer(g.me.actor, association_id), request.form
    try:
        if step == "renew":
            service.renew(acting)
        elif step == "delegate":
            membership.name_delegate(acting, form.get("email", ""), form.get("member", "")[:300], g.lang)
        elif step == "grant":
            service.grant(acting, forms.read_grant(form))
        else:
            service.decide(acting, step, form.get("reason", ""))
    except Refusal as refusal:
        return _again(refusal, association_id)
    return _done(association_id)


@blueprint.post(
    "/office/associations/<int:association_id>/members/<int:person_id>/<any(confirm, appoint, remove):wish>"
)
@allow(Role.OFFICER)
def answer(association_id: int, person_id: int, wish: str) -> Response:
    """Confirm, refuse or take off a member, or name one a delegate."""
    try:
        membership.answer(service.as_officer(g.me.actor, association_id), person_id, wish)
    except Refusal as refusal:
        return _again(refusal, association_id)
    return _done(association_id)


@blueprint.post("/office/associations/<int:association_id>/grants/<int:grant_id>/removal")
@allow(Role.OFFICER)
def take_grant_back(association_id: int, grant_id: int) -> Response:
    """Delete a grant noted by mistake."""
    service.take_grant_back(service.as_officer(g.me.actor, association_id), grant_id)
    return _done(association_id)


@blueprint.get("/office/associations/register.csv")
@allow(Role.OFFICER)
def export() -> Response:
    """The register as a file that can be changed and brought in again."""
    heads = {"Content-Disposition": 'attachment; filename="associations.csv"'}
    return Response(importing.export(), mimetype="text/csv", headers=heads)


@blueprint.route("/office/associations/file", methods=["GET", "POST"])
@allow(Role.OFFICER)
@takes_files
def receive() -> Response | str:
    """Send a file; it is looked at first."""
    template = "association_register/file.html"
    if request.method != "POST":
        return render_template(template, errors={}, wording=wording)
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise WrongColumns(gettext("Choose a file: CSV, xlsx or ods."))
        with closing(file.stream):
            made = importing.receive(cast("BinaryIO", file.stream))
    except Refusal as refusal:
        return show_again(refusal, template, "file", wording=wording)
    db.session.commit()
    return redirect(url_for("association_office.bring", import_id=made.id), 303)


@blueprint.route("/office/associations/files/<int:import_id>", methods=["GET", "POST"])
@allow(Role.OFFICER)
def bring(import_id: int) -> Response | str:
    """What would become of each row of a file, and the yes to all of it."""
    template = "association_register/import.html"
    if request.method != "POST":
        return render_template(template, errors={}, **_import(import_id))
    try:
        importing.apply(g.me.actor, import_id)
    except ImportGone:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, template, "rows", **_import(import_id))
    db.session.commit()
    return redirect(url_for("association_office.index"), 303)


def _done(association_id: int | None) -> Response:
    db.session.commit()
    return redirect(url_for("association_office.show", association_id=association_id), 303)


def _again(refusal: Refusal, association_id: int) -> Response:
    if isinstance(refusal, NotFound):
        raise refusal
    db.session.rollback()
    return show_again(refusal, PAGE, "standing", values=request.form, **_page(association_id))


def _page(association_id: int) -> dict[str, Any]:
    one = queries.get_association(association_id)
    return {
        "one": one,
        "members": queries.list_members(association_id),
        "grants": queries.list_grants(association_id),
        "same": queries.find_by_key(one.name_key),
        "currency": current_app.config["CIVIC"].currency,
        "wording": wording,
    }


def _import(import_id: int) -> dict[str, Any]:
    found = queries.find_import(import_id)
    if found is None:
        raise ImportGone
    planned = importing.plan(found.rows)
    shown = [row for row in planned if row.verdict != "same"]
    shown.sort(key=lambda row: row.verdict != "rejected")
    return {
        "one": found,
        "rows": shown[:SHOWN],
        "more": max(0, len(shown) - SHOWN),
        "counts": Counter(row.verdict for row in planned),
        "wording": wording,
    }
