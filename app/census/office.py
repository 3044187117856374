"""The officers' pages of the lists: all of them, a new one, until when one is kept, what is left of deleted ones."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.census import forms, queries, service, wording
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound, Refusal
from app.core.forms import day_fields, read_day, show_again
from app.core.policy import Role, allow

blueprint = Blueprint("census_office", __name__, template_folder="templates")


@blueprint.get("/office/census")
@allow(Role.OFFICER)
def index() -> str:
    """All lists with what stands on them, and what is left of deleted ones."""
    return render_template(
        "census/office/index.html",
        lists=queries.list_standing(),
        certificates=queries.list_certificates(),
        today=clock.today(),
        other_key=service.has_other_key,
        wording=wording,
    )


@blueprint.route("/office/census/new", methods=["GET", "POST"])
@allow(Role.OFFICER)
def add() -> Response | str:
    """Describe a new list."""
    country = current_app.config["CIVIC"].country
    template = "census/office/new.html"
    if request.method != "POST":
        values = {"source": "", "identity": service.IDENTITY_OF[country]}
        return render_template(template, errors={}, values=values, wording=wording)
    try:
        added = service.add_list(g.me.actor, forms.read_list(request.form, country))
    except Refusal as refusal:
        return show_again(refusal, template, "name", values=request.form, wording=wording)
    db.session.commit()
    return redirect(url_for("census_imports.show", list_id=added.id), 303)


@blueprint.route("/office/census/<int:list_id>/time", methods=["GET", "POST"])
@allow(Role.OFFICER)
def keep(list_id: int) -> Response | str:
    """Until when a list is kept."""
    target = queries.get_list(list_id)
    template = "census/office/time.html"
    if request.method != "POST":
        values = day_fields("kept", target.kept_until_on)
        return render_template(template, errors={}, list=target, values=values)
    try:
        service.keep_until(g.me.actor, target, read_day(request.form, "kept"))
    except Refusal as refusal:
        return show_again(refusal, template, "kept", list=queries.get_list(list_id), values=request.form)
    db.session.commit()
    return redirect(url_for("census_imports.show", list_id=list_id), 303)


@blueprint.get("/office/census/certificates/<int:certificate_id>")
@allow(Role.OFFICER)
def certificate(certificate_id: int) -> str:
    """What was deleted, how much, when, on what basis: to print and file."""
    found = queries.find_certificate(certificate_id)
    if found is None:
        raise NotFound
    return render_template("census/office/certificate.html", certificate=found, wording=wording)
