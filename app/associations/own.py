"""Pages of a person about their own associations, and of delegates who act for one."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.associations import forms, membership, queries, service, wording
from app.associations.rules import State
from app.associations.service import Acting
from app.core import clock, headers
from app.core.db import db
from app.core.errors import NotAllowed, NotFound, Refusal
from app.core.forms import show_again
from app.core.intake import row_number
from app.core.policy import Role, allow

blueprint = Blueprint("own_associations", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/account/associations")
@allow(Role.RESIDENT)
def index() -> str:
    """The person's associations, and what each waits for."""
    return render_template("associations/own.html", errors={}, **_own())


@blueprint.post("/account/associations/<int:association_id>/<any(renew, step_back, leave):step>")
@allow(Role.RESIDENT)
def take_step(association_id: int, step: str) -> Response:
    """Renew as a delegate, step back as one, or leave."""
    try:
        if step == "renew":
            service.renew(service.check_delegate(g.me.id, association_id))
        elif step == "step_back":
            membership.step_back(g.me.id, association_id)
        else:
            membership.leave(g.me.id, association_id)
    except (NotFound, NotAllowed):
        raise
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, "associations/own.html", f"association-{association_id}", **_own())
    db.session.commit()
    return redirect(url_for("own_associations.index"), 303)


@blueprint.route("/account/associations/<int:association_id>/page", methods=["GET", "POST"])
@allow(Role.RESIDENT)
def edit(association_id: int) -> Response | str:
    """Write what the association says of itself; a refused application is handed in again by it."""
    acting = _leave_to_edit(association_id)
    template = "associations/edit.html"
    page = {"wording": wording, "districts": queries.list_districts(), "one": acting.association}
    if request.method != "POST":
        return render_template(template, errors={}, values=forms.values_of(acting.association), **page)
    try:
        service.describe(acting, forms.read_description(forms.typed(request.form)))
    except Refusal as refusal:
        db.session.rollback()
        page["one"] = queries.get_association(association_id)
        return show_again(refusal, template, "name", values=request.form, **page)
    db.session.commit()
    return redirect(url_for("associations.show", association_id=association_id), 303)


@blueprint.get("/account/associations/<int:association_id>/members")
@allow(Role.RESIDENT)
def members(association_id: int) -> str:
    """Who asks to be a member, and who is."""
    service.check_may_act(g.me.id, association_id)
    return render_template("associations/members.html", errors={}, **_members(association_id))


@blueprint.post(
    "/account/associations/<int:association_id>/members/<int:person_id>/<any(confirm, appoint, remove):wish>"
)
@allow(Role.RESIDENT)
def answer(association_id: int, person_id: int, wish: str) -> Response:
    """Confirm, refuse or take off a member, or name one a delegate, in the name of the association."""
    acting = service.check_may_act(g.me.id, association_id)
    try:
        membership.answer(acting, person_id, wish)
    except NotAllowed:
        raise
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, "associations/members.html", "members", **_members(association_id))
    db.session.commit()
    return redirect(url_for("own_associations.members", association_id=association_id), 303)


def _leave_to_edit(association_id: int) -> Acting:
    acting = service.check_delegate(g.me.id, association_id)
    if acting.association.state == State.REGISTERED:
        return service.check_may_act(g.me.id, association_id)
    return acting


def _own() -> dict[str, object]:
    made = request.args.get("made", type=row_number)
    rows = queries.list_memberships(g.me.id)
    is_made = any(row.association.id == made for row in rows)
    return {"rows": rows, "is_made": is_made, "wording": wording, "today": clock.today()}


def _members(association_id: int) -> dict[str, object]:
    rows = queries.list_members(association_id)
    return {"one": queries.get_association(association_id), "members": rows, "wording": wording}
