"""The officers' page on which watching is switched on and off."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.policy import Role, allow
from app.watching import queries, service

blueprint = Blueprint("watching_office", __name__, template_folder="templates")


@blueprint.get("/office/mailings/watching")
@allow(Role.OFFICER)
def show() -> str:
    """Whether it is on, and what that means for readers."""
    return render_template("watching/show.html", is_on=queries.is_on())


@blueprint.post("/office/mailings/watching")
@allow(Role.OFFICER)
def switch() -> Response:
    """Switch it on, or off (`off=1`)."""
    service.switch(g.me.actor, is_on=not request.form.get("off"))
    db.session.commit()
    return redirect(url_for("watching_office.show"), 303)
