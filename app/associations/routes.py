"""Pages for everybody: the directory, one association, and the application for registration."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.associations import forms, membership, queries, service, wording
from app.associations.rules import State
from app.core import clock
from app.core.db import db
from app.core.errors import NotFound, Refusal
from app.core.forms import show_again
from app.core.intake import row_number
from app.core.policy import Role, allow
from app.core.shared_cache import shared

blueprint = Blueprint("associations", __name__, template_folder="templates")


@blueprint.get("/associations")
@allow(Role.ANYONE)
@shared
def index() -> str:
    """The associations in force, by name; narrowed by words, theme and district."""
    search = forms.read_search(request.args)
    page = min(request.args.get("page", 1, type=row_number), 100_000)
    found = queries.list_directory(search, clock.today(), page)
    return render_template("associations/index.html", found=found, search=search, wording=wording)


@blueprint.get("/associations/<int:association_id>")
@allow(Role.ANYONE)
@shared
def show(association_id: int) -> str:
    """An association in force, or one's own; for who is signed in, the way to become a member."""
    return render_template("associations/show.html", errors={}, member_name="", **_page(association_id))


@blueprint.post("/associations/<int:association_id>/requests")
@allow(Role.RESIDENT)
def ask(association_id: int) -> Response:
    """Ask to be a member."""
    name = request.form.get("member", "")[:300]
    try:
        membership.ask(g.me.id, association_id, name)
    except NotFound:
        raise
    except Refusal as refusal:
        db.session.rollback()
        page = _page(association_id)
        return show_again(refusal, "associations/show.html", "member", member_name=name, **page)
    db.session.commit()
    return redirect(url_for("associations.show", association_id=association_id), 303)


@blueprint.route("/associations/application", methods=["GET", "POST"])
@allow(Role.RESIDENT)
def apply() -> Response | str:
    """Ask the council to register an association."""
    template = "associations/apply.html"
    page = {"wording": wording, "districts": queries.list_districts()}
    if request.method != "POST":
        return render_template(template, errors={}, values={"member": g.me.name}, **page)
    try:
        described, name = forms.read_application(request.form)
        made = service.apply(g.me.id, name, described)
    except Refusal as refusal:
        return show_again(refusal, template, "name", values=request.form, **page)
    db.session.commit()
    return redirect(url_for("own_associations.index", made=made.id), 303)


def _page(association_id: int) -> dict[str, object]:
    one, today = queries.get_association(association_id), clock.today()
    mine = queries.find_member(association_id, g.me.id) if g.get("me") else None
    is_public = one.state == State.REGISTERED and one.due_on is not None and one.due_on >= today
    if not is_public and mine is None:
        raise NotFound
    return {"one": one, "mine": mine, "is_public": is_public, "wording": wording}
