"""The officers' pages: requests to correct the list, and the desk, where identity is checked in person."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.census import matching
from app.census import queries as census
from app.core.db import db
from app.core.errors import NotFound, Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import queries as people
from app.verification import forms, queries, service
from app.verification.errors import KnownElsewhere
from app.verification.models import CorrectionRequest

blueprint = Blueprint("verification_office", __name__, template_folder="templates")


@blueprint.app_template_global("count_correction_requests")
def count_requests() -> int:
    """How many requests wait."""
    return queries.count_waiting()


@blueprint.get("/office/census/requests")
@allow(Role.OFFICER)
def requests() -> str:
    """Requests that wait, and those that were answered."""
    waiting, answered = (queries.list_requests(answered=which) for which in (False, True))
    return render_template("verification/office/requests.html", waiting=waiting, answered=answered)


@blueprint.route("/office/census/requests/<int:request_id>", methods=["GET", "POST"])
@allow(Role.OFFICER)
def answer(request_id: int) -> Response | str:
    """Read a request and answer it."""
    template = "verification/office/request.html"
    if request.method != "POST":
        return render_template(template, errors={}, message="", **_request(request_id))
    message = request.form.get("message", "")
    try:
        service.answer(g.me.actor, _get(request_id), message)
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, template, "message", message=message, **_request(request_id))
    db.session.commit()
    return redirect(url_for("verification_office.requests"), 303)


@blueprint.route("/office/census/desk", methods=["GET", "POST"])
@allow(Role.OFFICER)
def desk() -> Response | str:
    """Check a person's identity document and note who they are."""
    template, identities = "verification/office/desk.html", matching.list_identities()
    lists = [(str(number), name) for number, name in census.list_names().items()]
    page = {
        "identities": identities,
        "lists": lists,
        "is_known": False,
        "done": request.args.get("done", "")[:12],
    }
    if request.method != "POST":
        return render_template(template, errors={}, values={}, **page)
    try:
        claim = forms.read_claim(request.form, identities)
        takes_over = bool(request.form.get("takes_over"))
        address = request.form.get("email", "")
        person = service.verify_at_desk(g.me.actor, claim, address, g.lang, takes_over=takes_over)
    except Refusal as refusal:
        page["is_known"] = isinstance(refusal, KnownElsewhere)
        return show_again(refusal, template, "family", values=request.form, **page)
    db.session.commit()
    return redirect(url_for("verification_office.desk", done=person.id), 303)


def _get(request_id: int) -> CorrectionRequest:
    found = db.session.get(CorrectionRequest, request_id)
    if found is None:
        raise NotFound
    return found


def _request(request_id: int) -> dict[str, object]:
    found = _get(request_id)
    person, point = people.find_person(found.person_id), people.find_email(found.person_id)
    return {
        "one": found,
        "name": person.display_name if person else "",
        "email": point.address if point else "",
        "standing": service.find_standing(found.person_id),
    }
