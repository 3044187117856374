"""The person's own pages: what the site knows of them, the file to take along, and the end of the account."""

from __future__ import annotations

import json

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.errors import NotAllowed, Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import reach
from app.people import service as people
from app.people.rules import normalize_address
from app.privacy import queries, service, wording
from app.privacy.errors import NotConfirmed, SignInAgain
from app.privacy.rules import FRESH
from app.sign_in import sessions

blueprint = Blueprint("privacy", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/account/data")
@allow(Role.RESIDENT)
def show() -> str:
    """What the site knows of the person, and what becomes of it."""
    held = [
        (wording.holding_name(one.holding), len(one.rows), wording.fate(one.holding))
        for one in queries.iter_held(g.me.id)
        if one.rows
    ]
    return render_template("privacy/data.html", held=held)


@blueprint.get("/account/data.json")
@allow(Role.RESIDENT)
def download() -> Response:
    """Everything that names the person, as a file."""
    if _lacks_second_step():
        return _to_second_step()
    text = json.dumps(service.collect(g.me.id, wording.describe), ensure_ascii=False, indent=2)
    answer = FlaskResponse(text + "\n", mimetype="application/json")
    answer.headers["Content-Disposition"] = "attachment; filename=my-data.json"
    return answer


@blueprint.route("/account/reach", methods=["GET", "POST"])
@allow(Role.RESIDENT)
def reach_me() -> Response | str:
    """The person's own telephone and postal address."""
    template, saved = "privacy/reach.html", "saved" in request.args
    if request.method != "POST":
        return render_template(template, errors={}, values=reach.reach(g.me.id), is_saved=saved)
    try:
        reach.note_reach(g.me.actor, people.get_person(g.me.id), request.form)
    except Refusal as refusal:
        return show_again(refusal, template, "phone", values=request.form, is_saved=False)
    db.session.commit()
    return redirect(url_for("privacy.reach_me", saved="yes"), 303)


@blueprint.route("/account/erasure", methods=["GET", "POST"])
@allow(Role.RESIDENT)
def erase() -> Response | str:
    """Delete the account: shown what goes and what stays, confirmed by typing the address in a fresh session."""
    if _lacks_second_step():
        return _to_second_step()
    if request.method != "POST":
        return render_template("privacy/erasure.html", errors={}, typed="", **_erasure())
    typed = request.form.get("typed", "")
    try:
        _check_confirmed(typed)
        service.close(g.me.actor, people.get_person(g.me.id))
    except Refusal as refusal:
        return show_again(refusal, "privacy/erasure.html", "typed", typed=typed, **_erasure())
    db.session.commit()
    answer = redirect(url_for("privacy.closed"), 303)
    sessions.delete_cookie(answer)
    return answer


@blueprint.post("/account/erasure/sign-in")
@allow(Role.RESIDENT)
def sign_in_again() -> Response:
    """End this session, and come back from the sign-in."""
    sessions.end_current()
    db.session.commit()
    answer = redirect(url_for("sign_in.start", next=url_for("privacy.erase")), 303)
    sessions.delete_cookie(answer)
    return answer


@blueprint.get("/account-closed")
@allow(Role.ANYONE)
def closed() -> str:
    """What has happened and what comes next, for somebody who has no account any more."""
    return render_template("privacy/closed.html")


def _lacks_second_step() -> bool:
    """Staff signed in by mail alone: their file holds letters and acts of the office, and their end is the office's too."""
    return bool(g.me.role < g.me.granted_role)


def _to_second_step() -> Response:
    """To the number of the app, and back. Raises: NotAllowed where something was sent."""
    if request.method == "POST":
        raise NotAllowed
    return redirect(url_for("second_factor.ask", next=request.path))


def _check_confirmed(typed: str) -> None:
    if not sessions.is_fresh(FRESH):
        raise SignInAgain
    if normalize_address(typed) not in queries.whose(g.me.id).addresses:
        raise NotConfirmed(gettext("This is not the address of your account. Nothing was deleted."))


def _erasure() -> dict[str, object]:
    point = people.find_email(g.me.id)
    return {
        "address": point.address if point else "",
        "is_fresh": sessions.is_fresh(FRESH),
        "open_votes": queries.list_open_votes(g.me.id),
    }
