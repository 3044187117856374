"""The person's page: type the code of the letter."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.core.throttle import client_network
from app.paper_codes import service
from app.paper_codes.errors import KnownAsOther

blueprint = Blueprint("paper_codes", __name__, template_folder="templates")
TEMPLATE = "paper_codes/redeem.html"


@blueprint.get("/account/census/code")
@allow(Role.RESIDENT)
def show() -> str:
    """The form for index and code."""
    return render_template(TEMPLATE, errors={}, values={})


@blueprint.post("/account/census/code")
@allow(Role.RESIDENT)
def redeem() -> Response:
    """Take a code. What was tried is written down before it is answered."""
    index, code = (request.form.get(name, "")[:40] for name in ("index", "code"))
    try:
        service.redeem(g.me.id, index, code, client_network())
    except Refusal as refusal:
        if not isinstance(refusal, KnownAsOther):
            db.session.commit()
        return show_again(refusal, TEMPLATE, "code", values=request.form)
    db.session.commit()
    return redirect(url_for("verification.show"), 303)
