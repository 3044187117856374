"""Pages for the person: am I on the list, and a request when the list seems wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from app.census import matching
from app.census import queries as census
from app.core import clock, headers
from app.core.db import db
from app.core.errors import Refusal, TooMany
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.core.throttle import client_network
from app.registers import service as registers
from app.verification import forms, queries, service
from app.verification.errors import NotFoundOnLists

blueprint = Blueprint("verification", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)
CHECK = "verification/check.html"
LOOKS_AGAIN = timedelta(minutes=1)
"""For so long the page of a check that waits asks by itself; afterwards the letter tells."""
TOLD = timedelta(minutes=10)
"""For so long the page says that the register knew nobody."""


@blueprint.app_template_global("has_census")
def has_census() -> bool:
    """Whether there is a list on which somebody could be."""
    return bool(matching.list_identities())


@blueprint.get("/account/census")
@allow(Role.RESIDENT)
def show() -> FlaskResponse:
    """Whether the site knows the person on the list, and the form to find out; or that the register has not answered yet.

    With `list`, whether it knows them on that one: a vote may go by another list than theirs.
    """
    page, now = _page(request.args), clock.now()
    since = service.find_waiting_since(g.me.id)
    is_failed = registers.is_on() and since is None and queries.has_failed_since(g.me.id, now - TOLD)
    said = render_template(CHECK, errors={}, values={}, is_failed=is_failed, **page)
    answer = make_response(said)
    if since is not None and now - since < LOOKS_AGAIN:
        answer.headers["Refresh"] = "4"
    return answer


@blueprint.post("/account/census")
@allow(Role.RESIDENT)
def check() -> Response | tuple[str, int]:
    """Look for the person. What was tried is written down before it is answered."""
    list_id = forms.read_list(request.form)
    try:
        claim = forms.read_claim(request.form, matching.list_identities(list_id))
        is_found = service.check(g.me.id, claim, client_network())
    except Refusal as refusal:
        if isinstance(refusal, TooMany):
            db.session.commit()
        return show_again(
            refusal, CHECK, "family", values=request.form, is_failed=False, **_page(request.form)
        )
    db.session.commit()
    if is_found or service.find_waiting_since(g.me.id):
        return redirect(url_for("verification.show", list=list_id or None), 303)
    said = render_template(CHECK, errors={}, values=request.form, is_failed=True, **_page(request.form))
    return make_response(said, NotFoundOnLists.status)


@blueprint.route("/account/census/request", methods=["GET", "POST"])
@allow(Role.RESIDENT)
def ask() -> Response | str:
    """Ask the council to look at the list."""
    template = "verification/request.html"
    if request.method != "POST":
        return render_template(template, errors={}, message="", last=queries.find_request(g.me.id))
    message = request.form.get("message", "")
    try:
        service.ask(g.me.id, message)
    except Refusal as refusal:
        return show_again(refusal, template, "message", message=message, last=queries.find_request(g.me.id))
    db.session.commit()
    return redirect(url_for("verification.ask"), 303)


def _page(said: Mapping[str, str]) -> dict[str, object]:
    sought = forms.read_list(said)
    return {
        "standing": service.find_standing(g.me.id),
        "sought": (sought, census.list_names().get(sought)) if sought else None,
        "identities": matching.list_identities(sought),
        "waiting_since": service.find_waiting_since(g.me.id),
    }
