"""The officers' page: letters with codes, made from a file with addresses."""

from __future__ import annotations

from contextlib import closing
from typing import BinaryIO, cast

from flask import Blueprint, current_app, g, render_template, request, send_file
from werkzeug.wrappers import Response

from app.census import queries as census
from app.core import headers
from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import read_day, show_again
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.paper_codes import addresses, service
from app.tables.errors import FileRefused

blueprint = Blueprint("paper_codes_office", __name__, template_folder="templates")
TEMPLATE = "paper_codes/office/letters.html"


@blueprint.route("/office/census/<int:list_id>/letters", methods=["GET", "POST"])
@allow(Role.OFFICER)
@takes_files
def letters(list_id: int) -> Response | str:
    """Send a file with addresses, get letters to print. Codes are kept before the first letter can be seen."""
    target = census.get_list(list_id)
    offered = current_app.config["CIVIC"].languages
    page = {"list": target, "language_names": [(code, NATIVE[code]) for code in offered]}
    if request.method != "POST":
        return render_template(TEMPLATE, errors={}, values={"only": "unknown", "language": g.lang}, **page)
    language = request.form.get("language", "")
    try:
        until = service.check_day(read_day(request.form, "until"))
        file = request.files.get("file")
        if file is None or not file.filename:
            raise FileRefused("none")
        with closing(file.stream):
            only = request.form.get("only") != "all"
            people = addresses.read_people(target, cast("BinaryIO", file.stream), only_unknown=only)
        made = service.make(g.me.actor, target, people, until)
    except Refusal as refusal:
        db.session.rollback()
        page["list"] = census.get_list(list_id)
        return show_again(refusal, TEMPLATE, "file", values=request.form, **page)
    db.session.commit()
    from app.paper_codes import pdf  # reportlab: 14 MB that only a process which writes letters needs

    written = pdf.write(made, language if language in offered else g.lang, until)
    answer = send_file(written, mimetype="application/pdf", as_attachment=True, download_name="letters.pdf")
    return headers.keep_private(answer)
