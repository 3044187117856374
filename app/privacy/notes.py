"""The officers' page of notes about a person."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import notes
from app.people import service as people

blueprint = Blueprint("notes", __name__, template_folder="templates")


@blueprint.route("/office/people/<int:person_id>/notes", methods=["GET", "POST"])
@allow(Role.OFFICER)
def show(person_id: int) -> Response | str:
    """The notes about a person, and a form to write one."""
    person, text = people.get_person(person_id), request.form.get("text", "")
    template, page = "privacy/office/notes.html", {"person": person, "notes": notes.list_notes(person_id)}
    if request.method != "POST":
        return render_template(template, errors={}, text="", **page)
    try:
        notes.add(g.me.actor, person, text)
    except Refusal as refusal:
        return show_again(refusal, template, "text", text=text, **page)
    db.session.commit()
    return redirect(url_for("notes.show", person_id=person_id), 303)


@blueprint.post("/office/people/<int:person_id>/notes/<int:note_id>/removal")
@allow(Role.OFFICER)
def remove(person_id: int, note_id: int) -> Response:
    """Take a note away."""
    notes.remove(g.me.actor, people.get_person(person_id), note_id)
    db.session.commit()
    return redirect(url_for("notes.show", person_id=person_id), 303)
