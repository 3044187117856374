"""Pages about consent: a person's own letters, and what officers see and note of them."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.policy import Role, allow
from app.people import consent
from app.people import service as people
from app.people.consent import OF_OFFICERS, Way
from app.people.purposes import BY_KEY
from app.privacy import wording

blueprint = Blueprint("letters", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/account/letters")
@allow(Role.RESIDENT)
def show() -> str:
    """Which letters the person wants, and what they said so far."""
    return render_template("privacy/letters.html", is_saved="saved" in request.args, **_said(g.me.id))


@blueprint.post("/account/letters")
@allow(Role.RESIDENT)
def choose() -> Response:
    """Take the choice: yes to what is ticked, no to the rest."""
    consent.decide(g.me.id, set(request.form.getlist("purpose")), Way("page", g.lang))
    db.session.commit()
    return redirect(url_for("letters.show", saved="yes"), 303)


@blueprint.get("/office/people/<int:person_id>/letters")
@allow(Role.OFFICER)
def of_person(person_id: int) -> str:
    """What a person said to which letters, each with its proof."""
    person = people.get_person(person_id)
    return render_template(
        "privacy/office/letters.html", person=person, channels=OF_OFFICERS, **_said(person_id)
    )


@blueprint.post("/office/people/<int:person_id>/letters")
@allow(Role.OFFICER)
def note(person_id: int) -> Response:
    """Note what the person said at the desk or in a letter on paper."""
    people.get_person(person_id)
    purpose, channel = BY_KEY.get(request.form.get("purpose", "")), request.form.get("channel")
    if purpose is not None and channel in OF_OFFICERS:
        act = consent.give if request.form.get("answer") == "yes" else consent.withdraw
        act(person_id, purpose, Way(channel, g.lang, g.me.actor))
        db.session.commit()
    return redirect(url_for("letters.of_person", person_id=person_id), 303)


def _said(person_id: int) -> dict[str, object]:
    rows = consent.history_of(person_id)
    newest = consent.consents_of(person_id)
    return {
        "purposes": consent.list_offered(),
        "by_key": BY_KEY,
        "given": {key for key, row in newest.items() if consent.holds(row)},
        "newest": newest,
        "rows": rows,
        "channel_name": wording.channel_name,
    }
