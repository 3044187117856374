"""The officers' page of addresses that are not written to: how many and why, one of them by its address, its release."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.contacts.wording import reason_name, reasons
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.mail import suppression
from app.people import service as people

blueprint = Blueprint("suppressions", __name__, template_folder="templates")
TEMPLATE = "contacts/suppressions.html"


@blueprint.get("/office/suppressions")
@allow(Role.OFFICER)
def index() -> str:
    """How many addresses are not written to, by reason; a form to find one."""
    return render_template(TEMPLATE, errors={}, typed="", found=None, looked=False, **_page())


@blueprint.post("/office/suppressions")
@allow(Role.OFFICER)
def search() -> Response | str:
    """What is known against one address. Sent as a form: addresses belong in no address of a page, and so in no log."""
    typed = request.form.get("email", "")[:300]
    try:
        found = suppression.find(people.check_address(typed))
    except Refusal as refusal:
        page = {"typed": typed, "found": None, "looked": False, **_page()}
        return show_again(refusal, TEMPLATE, "email", **page)
    return render_template(TEMPLATE, errors={}, typed=typed, found=found, looked=True, **_page())


@blueprint.post("/office/suppressions/additions")
@allow(Role.OFFICER)
def add() -> Response:
    """Write to an address no more."""
    suppression.suppress_for(g.me.actor, people.check_address(request.form.get("email", "")[:300]))
    db.session.commit()
    return redirect(url_for("suppressions.index"), 303)


@blueprint.post("/office/suppressions/<int:suppression_id>/release")
@allow(Role.OFFICER)
def release(suppression_id: int) -> Response:
    """Write to an address again."""
    suppression.release(g.me.actor, suppression.get(suppression_id))
    db.session.commit()
    return redirect(url_for("suppressions.index"), 303)


def _page() -> dict[str, object]:
    return {"counts": suppression.count_by_reason(), "reasons": reasons(), "reason_name": reason_name}
