"""The officers' page: write the letter, see who gets it and who does not, get the file to print."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, g, render_template, request, send_file
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import read_day, show_again
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.paper_letters import queries, rules, service
from app.paper_letters.service import Order
from app.people.purposes import BY_KEY, PURPOSES
from app.segments import queries as segments
from app.segments.names import load_names

blueprint = Blueprint("paper_letters", __name__, template_folder="templates")
TEMPLATE = "paper_letters/letters.html"


@blueprint.route("/office/segments/<int:segment_id>/letters", methods=["GET", "POST"])
@allow(Role.OFFICER)
def letters(segment_id: int) -> Response | str:
    """The form with the numbers of today; `do=make` downloads the letters, anything else shows the first one."""
    values = {"purpose": PURPOSES[0].key, "text": "", "list": "", "language": g.lang, **request.form}
    if request.method != "POST":
        return render_template(TEMPLATE, errors={}, **_page(segment_id, values))
    order = _order(values)
    try:
        service.check(order)
        if values.get("do") != "make":
            return render_template(TEMPLATE, errors={}, **_page(segment_id, values, is_checked=True))
        found, codes = service.make(g.me.actor, segments.get_described(segment_id), order, g.lang)
        from app.paper_letters import pdf  # reportlab: 14 MB that only a process which writes letters needs

        offered = current_app.config["CIVIC"].languages
        language = values["language"] if values["language"] in offered else g.lang
        written = pdf.write(found.letters, order.text, language, codes)
    except Refusal as refusal:
        db.session.rollback()
        return show_again(refusal, TEMPLATE, "text", **_page(segment_id, values))
    db.session.commit()
    name = f"letters-{segment_id}.pdf"
    answer = send_file(written, mimetype="application/pdf", as_attachment=True, download_name=name)
    return headers.keep_private(answer)


def _order(values: Mapping[str, str]) -> Order:
    typed = values["list"][:9]
    list_id = int(typed) if typed.isascii() and typed.isdecimal() else None
    until = read_day(values, "until") if list_id is not None else None
    return Order(values["purpose"], values["text"], list_id, until)


def _page(segment_id: int, values: Mapping[str, str], *, is_checked: bool = False) -> dict[str, object]:
    described = segments.get_described(segment_id)
    purpose = values["purpose"] if values["purpose"] in BY_KEY else PURPOSES[0].key
    found = queries.sift(described.rule, purpose)
    first = found.letters[0] if is_checked and found.letters else None
    return {
        "described": described,
        "values": values,
        "purposes": [(one.key, one.name(g.lang)) for one in PURPOSES],
        "written": [(code, NATIVE[code]) for code in current_app.config["CIVIC"].languages],
        "purpose_name": BY_KEY[purpose].name(g.lang),
        "lists": [
            ("", gettext("No codes")),
            *((str(number), name) for number, name in load_names().lists.items()),
        ],
        "found": found,
        "sample": rules.paragraphs(values["text"], first.known) if first else [],
        "window": first.lines if first else (),
        "most": rules.MOST_LETTERS,
    }
