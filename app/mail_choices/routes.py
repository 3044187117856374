"""The pages behind the links of a letter. To open one changes nothing: programs that look for harm open every link."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.policy import Role, allow
from app.mail_choices import service
from app.people import consent
from app.people.purposes import BY_KEY

blueprint = Blueprint("mail_choices", __name__, template_folder="templates")
blueprint.after_request(headers.keep_to_reader)


@blueprint.get("/letters/<token>/stop")
@allow(Role.ANYONE)
def stop(token: str) -> str:
    """One button: stop these letters."""
    choice, _person = service.get_reader(token)
    is_wanted = consent.is_given(choice.person_id, choice.purpose)
    return render_template(
        "mail_choices/stop.html", token=token, purpose=BY_KEY[choice.purpose], is_wanted=is_wanted
    )


@blueprint.post("/letters/<token>/stop")
@allow(Role.ANYONE)
def stop_now(token: str) -> str:
    """Stop them: by the button of the page, or by a mail program on its own (RFC 8058), which reads nothing but the status."""
    choice, _person = service.get_reader(token)
    service.stop(choice)
    db.session.commit()
    return render_template(
        "mail_choices/stop.html", token=token, purpose=BY_KEY[choice.purpose], is_wanted=False
    )


@blueprint.get("/letters/<token>")
@allow(Role.ANYONE)
def choose(token: str) -> str:
    """Which letters the reader gets."""
    choice, _person = service.get_reader(token)
    newest = consent.consents_of(choice.person_id)
    given = {key for key, row in newest.items() if consent.holds(row)}
    is_saved = "saved" in request.args
    return render_template(
        "mail_choices/choose.html",
        token=token,
        purposes=consent.list_offered(),
        given=given,
        is_saved=is_saved,
    )


@blueprint.post("/letters/<token>")
@allow(Role.ANYONE)
def save(token: str) -> Response:
    """Take the choice: yes to what is ticked, no to the rest."""
    choice, _person = service.get_reader(token)
    service.decide(choice, set(request.form.getlist("purpose")))
    db.session.commit()
    return redirect(url_for("mail_choices.choose", token=token, saved="yes"), 303)
