"""Your account: name and language, and the browsers that are signed in."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.languages import NATIVE
from app.core.maintenance import stays_open
from app.core.policy import Role, allow
from app.people import service as people
from app.sign_in import sessions

blueprint = Blueprint("account", __name__, template_folder="templates")


@blueprint.get("/account")
@allow(Role.RESIDENT)
def show() -> str:
    """The account as it stands."""
    return render_template("sign_in/account.html", errors={}, **_account())


@blueprint.post("/account")
@allow(Role.RESIDENT)
def change() -> Response:
    """Change name and language; the page comes back in the language chosen."""
    name, language = request.form.get("display_name", ""), request.form.get("language", g.lang)
    if language not in current_app.config["CIVIC"].languages:
        language = g.lang
    try:
        people.describe(people.get_person(g.me.id), name, language)
    except Refusal as refusal:
        return show_again(refusal, "sign_in/account.html", "display_name", **{**_account(), "name": name})
    db.session.commit()
    return redirect(url_for("account.show", lang=language), 303)


@blueprint.post("/account/sign-out-everywhere")
@stays_open
@allow(Role.RESIDENT)
def sign_out_everywhere() -> Response:
    """End every session of the person, this one too."""
    people.end_all_sessions(people.get_person(g.me.id))
    db.session.commit()
    answer = redirect(f"/{g.lang}/", 303)
    sessions.delete_cookie(answer)
    return answer


def _account() -> dict[str, object]:
    person = people.get_person(g.me.id)
    email = people.find_email(person.id)
    return {
        "name": person.display_name,
        "language": person.language,
        "language_names": [(code, NATIVE[code]) for code in current_app.config["CIVIC"].languages],
        "email": email.address if email else "",
        "live": sessions.list_live(person.id),
    }
