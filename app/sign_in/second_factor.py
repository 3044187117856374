"""The pages of the second factor: setting it up by a one-time link, and entering its number."""

from __future__ import annotations

from flask import Blueprint, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.maintenance import stays_open
from app.core.policy import Role, allow
from app.core.throttle import client_network
from app.people import service as people
from app.sign_in import factors, sessions
from app.sign_in.errors import FactorWrong, KeyReplaced
from app.sign_in.rules import local_path

blueprint = Blueprint("second_factor", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/second-factor")
@allow(Role.RESIDENT)
def ask() -> str:
    """Ask staff for the number that their app shows; whoever wants to take part as a resident need not."""
    return render_template(
        "sign_in/second_factor.html", errors={}, wanted=_wanted(), is_set_up=factors.is_set_up(g.me.id)
    )


@blueprint.post("/second-factor")
@stays_open
@allow(Role.RESIDENT)
def check() -> Response:
    """Sign in anew with the second factor: a new session, in which the staff role is in force."""
    try:
        token = factors.verify(people.get_person(g.me.id), request.form.get("number", ""))
    except Refusal as refusal:
        if isinstance(refusal, FactorWrong):
            db.session.commit()
        return show_again(refusal, "sign_in/second_factor.html", "number", wanted=_wanted(), is_set_up=True)
    db.session.commit()
    answer = redirect(_wanted() or f"/{g.lang}/office", 303)
    sessions.set_cookie(answer, token)
    return answer


@blueprint.get("/one-time/<token>")
@allow(Role.ANYONE)
def link(token: str) -> str:
    """The page behind a one-time link: one button."""
    return render_template("sign_in/one_time.html", token=token)


@blueprint.post("/one-time/<token>")
@stays_open
@allow(Role.ANYONE)
def open_link(token: str) -> Response | str:
    """Show what to scan; a trial's link signs in at once."""
    found = factors.get_link(token, client_network())
    if found.kind == "set_up":
        factors.open_link(found)
        db.session.commit()
        return _setting_up(token)
    granted = factors.enter_trial(found)
    db.session.commit()
    person = people.get_person(found.person_id)
    answer = redirect(f"/{g.lang}/" if person.granted_role is Role.RESIDENT else f"/{g.lang}/office", 303)
    sessions.set_cookie(answer, granted)
    return answer


@blueprint.post("/one-time/<token>/set-up")
@stays_open
@allow(Role.ANYONE)
def set_up(token: str) -> Response:
    """Finish with the first number of the app; show the recovery codes, this once."""
    found = factors.get_link(token, client_network())
    typed, shown = request.form.get("number", ""), request.form.get("shown", found.seed)
    try:
        granted, codes = factors.set_up(found, typed, shown)
    except (FactorWrong, KeyReplaced) as refusal:
        db.session.commit()
        return show_again(refusal, "sign_in/set_up.html", "number", **_what_to_scan(token))
    db.session.commit()
    answer = make_response(render_template("sign_in/recovery_codes.html", codes=codes))
    sessions.set_cookie(answer, granted)
    return answer


def _setting_up(token: str) -> str:
    return render_template("sign_in/set_up.html", errors={}, **_what_to_scan(token))


def _what_to_scan(token: str) -> dict[str, str]:
    found = factors.get_link(token, client_network())
    return {
        "token": token,
        "shown": found.seed,
        "picture": factors.picture(found),
        "secret": factors.typed_secret(found),
    }


def _wanted() -> str:
    return local_path(request.values.get("next", ""), "")
