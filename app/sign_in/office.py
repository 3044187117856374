"""The council's staff: who they are, inviting one, giving and taking roles."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import queries
from app.people import service as people
from app.sign_in import factors, staff

blueprint = Blueprint("staff", __name__, template_folder="templates")
GRANTED = {"officer": Role.OFFICER, "administrator": Role.ADMINISTRATOR}


@blueprint.get("/office/staff")
@allow(Role.ADMINISTRATOR)
def show() -> str:
    """Everyone with a staff role, and a form to invite another."""
    return render_template("sign_in/staff.html", errors={}, email="", role="officer", **_staff())


@blueprint.post("/office/staff")
@allow(Role.ADMINISTRATOR)
def invite() -> Response:
    """Give the role and mail the one-time link."""
    email, role = request.form.get("email", ""), request.form.get("role", "officer")
    try:
        staff.invite(email, GRANTED.get(role, Role.OFFICER), g.lang, g.me.actor)
    except Refusal as refusal:
        return show_again(refusal, "sign_in/staff.html", "email", email=email, role=role, **_staff())
    db.session.commit()
    return redirect(url_for("staff.show"), 303)


@blueprint.post("/office/staff/<int:person_id>/removal")
@allow(Role.ADMINISTRATOR)
def remove(person_id: int) -> Response:
    """Take the staff role away; the account stays a resident's."""
    people.grant_role(people.get_person(person_id), Role.RESIDENT, g.me.actor)
    db.session.commit()
    return redirect(url_for("staff.show") if person_id != g.me.id else f"/{g.lang}/", 303)


def _email(person_id: int) -> str:
    found = queries.find_email(person_id)
    return found.address if found else ""


def _staff() -> dict[str, object]:
    return {
        "staff": [
            {
                "id": person.id,
                "name": person.display_name,
                "email": _email(person.id),
                "role": person.role,
                "is_set_up": factors.is_set_up(person.id),
            }
            for person in queries.list_staff()
        ],
    }
