"""The officers' pages about doubles: which accounts look alike, two beside each other, and merging them."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.policy import Role, allow
from app.people import service as people
from app.people.purposes import BY_KEY
from app.privacy import doubles
from app.privacy.errors import NotConfirmed
from app.privacy.merging import merge
from app.segments import names

blueprint = Blueprint("doubles", __name__, template_folder="templates")


@blueprint.get("/office/people/doubles")
@allow(Role.OFFICER)
def index() -> str:
    """Accounts that look alike, and a form to compare any two."""
    return _index()


@blueprint.post("/office/people/doubles")
@allow(Role.OFFICER)
def choose() -> Response | tuple[str, int]:
    """Go on to compare the two accounts whose numbers were typed."""
    typed = {name: request.form.get(name, "").strip() for name in ("kept", "gone")}
    wrong = {
        name: gettext("Enter the number of an account.")
        for name, text in typed.items()
        if not (text.isascii() and text.isdigit() and len(text) < 10)
    }
    if wrong:
        return _index(errors=wrong, typed=typed), Refusal.status
    kept, gone = (int(typed[name]) for name in ("kept", "gone"))
    return redirect(url_for("doubles.compare", kept_id=kept, gone_id=gone), 303)


@blueprint.route("/office/people/<int:kept_id>/doubles/<int:gone_id>", methods=["GET", "POST"])
@allow(Role.OFFICER)
def compare(kept_id: int, gone_id: int) -> Response | str:
    """Two accounts beside each other; merged when the number of the one that goes is typed."""
    kept, gone = people.get_person(kept_id), people.get_person(gone_id)
    template, typed = "privacy/office/compare.html", request.form.get("typed", "").strip()
    titles = dict(names.load_names().processes)
    page = {
        "kept": doubles.read_account(kept, titles),
        "gone": doubles.read_account(gone, titles),
        "by_key": BY_KEY,
    }
    try:
        doubles.check_mergeable(gone, kept)
        if request.method != "POST":
            return render_template(template, errors={}, typed="", why_not="", **page)
        if typed != str(gone.id):
            raise NotConfirmed(gettext("Type the number of the account that goes. Nothing was merged."))
        merge(g.me.actor, gone, kept)
    except NotConfirmed as refusal:
        return show_again(refusal, template, "typed", typed=typed, why_not="", **page)
    except Refusal as refusal:
        return show_again(refusal, template, "typed", typed=typed, why_not=refusal.message(), **page)
    db.session.commit()
    return redirect(url_for("contacts.show", person_id=kept_id), 303)


def _index(**more: object) -> str:
    values = {"errors": {}, "typed": {"kept": "", "gone": ""}, **more}
    return render_template("privacy/office/doubles.html", groups=doubles.list_groups(), **values)
