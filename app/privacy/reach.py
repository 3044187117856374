"""The officers' page of a person's telephone and postal address."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import queries, reach
from app.people import service as people

blueprint = Blueprint("reach", __name__, template_folder="templates")


@blueprint.route("/office/people/<int:person_id>/reach", methods=["GET", "POST"])
@allow(Role.OFFICER)
def show(person_id: int) -> Response | str:
    """How else the person can be reached, and a form to note it."""
    person, point = people.get_person(person_id), queries.find_email(person_id)
    template = "privacy/office/reach.html"
    page = {"number": person.id, "name": person.display_name, "email": point.address if point else ""}
    if request.method != "POST":
        return render_template(template, errors={}, values=reach.reach(person_id), **page)
    try:
        reach.note_reach(g.me.actor, person, request.form)
    except Refusal as refusal:
        return show_again(refusal, template, "phone", values=request.form, **page)
    db.session.commit()
    return redirect(url_for("contacts.show", person_id=person_id), 303)
