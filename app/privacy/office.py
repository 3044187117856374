"""The officers' page that deletes an account because its person asked."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import service as people
from app.people.models import Person
from app.privacy import queries, service
from app.privacy.errors import NotConfirmed

blueprint = Blueprint("privacy_office", __name__, template_folder="templates")


@blueprint.route("/office/people/<int:person_id>/erasure", methods=["GET", "POST"])
@allow(Role.OFFICER)
def erase(person_id: int) -> Response | str:
    """Delete an account, confirmed by typing its number."""
    person, typed = people.get_person(person_id), request.form.get("typed", "").strip()
    template, page = "privacy/office/erasure.html", _page(person)
    if request.method != "POST":
        return render_template(template, errors={}, typed="", **page)
    try:
        if typed != str(person.id):
            raise NotConfirmed(gettext("Type the number of the account. Nothing was deleted."))
        service.close_for(g.me.actor, person)
    except Refusal as refusal:
        return show_again(refusal, template, "typed", typed=typed, **page)
    db.session.commit()
    return redirect(url_for("privacy_office.erase", person_id=person_id), 303)


def _page(person: Person) -> dict[str, object]:
    point = people.find_email(person.id)
    return {
        "number": person.id,
        "name": person.display_name,
        "address": point.address if point else "",
        "closed_at": person.disabled_at,
        "is_staff": person.granted_role is not Role.RESIDENT,
        "open_votes": queries.list_open_votes(person.id),
    }
