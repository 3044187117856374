"""The officers' pages on which a mailing is written: all of them, the form, how it looks, a test to oneself."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from flask import Response as FlaskResponse
from werkzeug.wrappers import Response

from app.composing import letter
from app.composing.letter import CHOICES
from app.composing.rules import FIELDS
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.headers import POLICY
from app.core.intake import row_number
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.mail.circulars import UNSUBSCRIBE
from app.mailings import forms, service, wording
from app.people import queries as people
from app.people.purposes import PURPOSES
from app.readers import queries
from app.readers import wording as standings
from app.readers.models import Mailing
from app.sending import copies

blueprint = Blueprint("mailings", __name__, template_folder="templates")
LETTER_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self'"
"""A letter is looked at as mail programs show it: with styles of its own, and nothing that runs."""
WIDTHS = (600, 320)


@blueprint.get("/office/mailings")
@allow(Role.OFFICER)
def index() -> str:
    """All mailings, the newest first, each with its state."""
    say = {"say_state": standings.say_state, "say_audience": wording.Audiences().say}
    return render_template("mailings/index.html", mailings=queries.list_mailings(), **say)


@blueprint.route("/office/mailings/new", methods=["GET", "POST"])
@allow(Role.OFFICER)
def new() -> str | Response:
    """Write a mailing."""
    return _form(None)


@blueprint.route("/office/mailings/<int:mailing_id>/text", methods=["GET", "POST"])
@allow(Role.OFFICER)
def change(mailing_id: int) -> str | Response:
    """Change a draft."""
    return _form(queries.get_mailing(mailing_id))


@blueprint.get("/office/mailings/<int:mailing_id>/preview")
@allow(Role.OFFICER)
def preview(mailing_id: int) -> FlaskResponse:
    """The letter in each language, wide, narrow and as plain text."""
    mailing = queries.get_mailing(mailing_id)
    composed = copies.compose_all(mailing)
    known = _known()
    shown = [
        (code, NATIVE[code], letter.show(one.subject, known), letter.show(one.text, known))
        for code, one in composed.items()
    ]
    page = render_template("mailings/preview.html", mailing=mailing, shown=shown, widths=WIDTHS)
    answer = current_app.make_response(page)
    answer.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return answer


@blueprint.get("/office/mailings/<int:mailing_id>/letters/<code>")
@allow(Role.OFFICER)
def show_letter(mailing_id: int, code: str) -> FlaskResponse:
    """The letter in one language by itself, as a mail program would show it to this officer."""
    mailing = queries.get_mailing(mailing_id)
    if code not in mailing.texts:
        abort(404)
    composed = copies.compose_all(mailing)[code]
    answer = FlaskResponse(letter.show(composed.html, _known(), is_html=True))
    answer.headers["Content-Security-Policy"] = LETTER_POLICY
    return answer


@blueprint.post("/office/mailings/<int:mailing_id>/tests")
@allow(Role.OFFICER)
def test(mailing_id: int) -> Response:
    """Send it to oneself, in every language in which it is written."""
    copies.send_test(queries.get_mailing(mailing_id), g.me.id)
    db.session.commit()
    return redirect(url_for("mailing_sending.show", mailing_id=mailing_id, tested="yes"), 303)


@blueprint.post("/office/mailings/<int:mailing_id>/copies")
@allow(Role.OFFICER)
def copy(mailing_id: int) -> Response:
    """Begin another mailing with these words and readers."""
    made = service.copy(g.me.actor, queries.get_mailing(mailing_id))
    db.session.commit()
    return redirect(url_for("mailings.change", mailing_id=made.id), 303)


@blueprint.post("/office/mailings/<int:mailing_id>/deletion")
@allow(Role.OFFICER)
def discard(mailing_id: int) -> Response:
    """Delete a draft."""
    service.discard(g.me.actor, queries.get_mailing(mailing_id))
    db.session.commit()
    return redirect(url_for("mailings.index"), 303)


def _form(mailing: Mailing | None) -> str | Response:
    choices = wording.list_choices(mailing.audience if mailing else "")
    shown = {
        "mailing_id": mailing.id if mailing else None,
        "revision": mailing.revision if mailing else 0,
        "choices": choices.offered,
        "purposes": PURPOSES,
        "written": [(code, NATIVE[code]) for code in current_app.config["CIVIC"].languages],
        "personal": list(FIELDS),
    }
    template = "mailings/form.html"
    if request.method != "POST":
        values = forms.values_of(mailing, service.listed_addresses(mailing) if mailing else ())
        return render_template(template, values=values, errors={}, **shown)
    revision = request.form.get("revision", 0, type=row_number)
    try:
        if request.form.get("do") == "fill":
            values = forms.fill_in(request.form)
            return render_template(template, values=values, errors={}, **{**shown, "revision": revision})
        words = forms.read(request.form, choices.values)
        made = service.write(g.me.actor, words, mailing, revision)
    except Refusal as refusal:
        return show_again(
            refusal, template, "title", **{**shown, "values": request.form, "revision": revision}
        )
    db.session.commit()
    return redirect(url_for("mailing_sending.show", mailing_id=made.id), 303)


def _known() -> dict[str, str]:
    """What a personal field says of the officer who looks; the links at the end lead nowhere."""
    person = people.find_person(g.me.id)
    return {
        "name": person.display_name if person else "",
        "site": current_app.config["CIVIC"].site_name,
        UNSUBSCRIBE: "#",
        CHOICES: "#",
    }
