"""The officers' page of automatic letters: what each is, when it leaves, to whom; on or off."""

from __future__ import annotations

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.automatic_letters import queries, service, wording
from app.automatic_letters.rules import Kind
from app.core.db import db
from app.core.policy import Role, allow

blueprint = Blueprint("automatic_letters", __name__, template_folder="templates")


@blueprint.get("/office/mailings/automatic")
@allow(Role.OFFICER)
def show() -> str:
    """All that the site writes by itself."""
    return render_template(
        "automatic_letters/show.html",
        groups=wording.list_groups(),
        always=wording.list_always(),
        off=queries.list_off(),
    )


@blueprint.post("/office/mailings/automatic/<kind>")
@allow(Role.OFFICER)
def switch(kind: str) -> Response:
    """Switch the letters of a kind on, or off (`off=1`)."""
    if kind not in list(Kind):
        abort(404)
    service.switch(g.me.actor, Kind(kind), is_on=not request.form.get("off"))
    db.session.commit()
    return redirect(url_for("automatic_letters.show", _anchor=kind), 303)


@blueprint.app_template_global("writes_letter")
def writes_letter(kind: str) -> bool:
    """Whether a page may promise the letter of this kind."""
    return queries.is_on(Kind(kind))
