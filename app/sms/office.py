"""The officers' pages of SMS: write one to those of a segment, see how they stand, pause and stop."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.intake import row_number
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.segments import queries as segments
from app.sms import queries, rules, service, wording
from app.sms.models import Sms
from app.sms.rules import Standing
from app.sms.service import Order

blueprint = Blueprint("sms", __name__, template_folder="templates")
TEMPLATE = "sms/form.html"
ACTS: dict[str, Callable[[str, Sms], object]] = {
    "pause": service.pause,
    "resume": lambda actor, sms: service.pause(actor, sms, is_paused=False),
    "stop": service.stop,
}


@blueprint.get("/office/sms")
@allow(Role.OFFICER)
def index() -> str:
    """All that were sent, the newest first."""
    return render_template("sms/index.html", all_of_them=queries.list_sms())


@blueprint.route("/office/segments/<int:segment_id>/sms", methods=["GET", "POST"])
@allow(Role.OFFICER)
def write(segment_id: int) -> Response | str:
    """The form with the numbers of today; `do=send` sends, anything else shows the message and asks for the number."""
    form = request.form
    if request.method != "POST":
        return render_template(TEMPLATE, errors={}, **_page(segment_id, {}))
    if not current_app.config["CIVIC"].sms_url:
        abort(409)
    written = {lang: form.get(f"text-{lang}", "") for lang in current_app.config["CIVIC"].languages}
    order = Order(
        {lang: text for lang, text in written.items() if text.strip()},
        form.get("shown", 0, type=row_number),
        form.get("count", "")[:20],
        form.get("form", "")[:32],
    )
    is_sending = form.get("do") == "send"
    try:
        service.check(order)
        if not is_sending:
            return render_template(TEMPLATE, errors={}, **_page(segment_id, form, is_checked=True))
        made = service.send(g.me.actor, segments.get_described(segment_id), order)
    except Refusal as refusal:
        db.session.rollback()
        is_checked = is_sending and not any(field.startswith("text-") for field in refusal.fields)
        return show_again(refusal, TEMPLATE, "count", **_page(segment_id, form, is_checked=is_checked))
    db.session.commit()
    return redirect(url_for("sms.show", sms_id=made.id), 303)


@blueprint.get("/office/sms/<int:sms_id>")
@allow(Role.OFFICER)
def show(sms_id: int) -> str:
    """How the messages stand, and what can be done now."""
    sms, tally = queries.get_sms(sms_id), queries.tally(sms_id)
    left_out = [
        (wording.say_standing(one), sms.left_out[one]) for one in queries.REASONS if sms.left_out.get(one)
    ]
    return render_template(
        "sms/show.html",
        sms=sms,
        texts=[(NATIVE.get(lang, ""), text.splitlines()) for lang, text in queries.texts_of(sms).items()],
        waiting=tally[Standing.WAITING],
        way=[(wording.say_standing(one), tally[one]) for one in Standing if tally[one]],
        left_out=left_out,
        funnel_rows=wording.rows_of(sms, tally),
        is_late="late" in request.args,
        name=segments.get_described(sms.segment_id).segment.name,
    )


@blueprint.post("/office/sms/<int:sms_id>/state")
@allow(Role.OFFICER)
def steer(sms_id: int) -> Response:
    """Pause them, go on, or stop them (`act`)."""
    act = ACTS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    try:
        act(g.me.actor, queries.get_sms(sms_id))
    except Refusal:
        db.session.rollback()
        return redirect(url_for("sms.show", sms_id=sms_id, late="yes"), 303)
    db.session.commit()
    return redirect(url_for("sms.show", sms_id=sms_id), 303)


def _page(segment_id: int, values: Any, *, is_checked: bool = False) -> dict[str, object]:
    described, settings = segments.get_described(segment_id), current_app.config["CIVIC"]
    found = queries.sift(described.rule)
    texts = {lang: text for lang in settings.languages if (text := values.get(f"text-{lang}", "")).strip()}
    return {
        "described": described,
        "values": values,
        "is_set_up": bool(settings.sms_url),
        "is_checked": is_checked,
        "form_key": (values.get("do") == "send" and values.get("form", "")[:32]) or secrets.token_hex(16),
        "number": len(found.people),
        "left_out": [
            (wording.say_standing(one), found.left_out[one]) for one in queries.REASONS if found.left_out[one]
        ],
        "names": {lang: NATIVE[lang] for lang in settings.languages},
        "samples": [_sample(lang, text) for lang, text in texts.items()] if is_checked else [],
        "most": rules.MOST_PARTS,
    }


def _sample(lang: str, text: str) -> tuple[str, list[str], str]:
    """The language, the message as one reader gets it, and how long it is."""
    said = wording.say_length(service.measure(text, lang))
    return NATIVE[lang], service.body_for(text, 0, lang).splitlines(), said
