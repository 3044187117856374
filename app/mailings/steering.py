"""The officers' pages on which a mailing is sent: how it stands, who would get it, the second step, pause and stop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import clock
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.intake import row_number
from app.core.policy import Role, allow
from app.mailings import checks, forms, service, trying, wording
from app.readers import queries, watched
from app.readers import wording as standings
from app.readers.models import Mailing
from app.readers.rules import LEFT_OUT, Standing, State
from app.sending import copies, sifting
from app.sending.sifting import DryRun

blueprint = Blueprint("mailing_sending", __name__, template_folder="templates")
ACTS: dict[str, Callable[[str, Mailing], object]] = {
    "take-back": service.take_back,
    "pause": service.pause,
    "resume": lambda actor, mailing: service.pause(actor, mailing, is_paused=False),
    "stop": service.stop,
}


@blueprint.get("/office/mailings/<int:mailing_id>")
@allow(Role.OFFICER)
def show(mailing_id: int) -> str:
    """How the mailing stands, in numbers once it has begun, and what can be done now."""
    return _page(queries.get_mailing(mailing_id))


@blueprint.get("/office/mailings/<int:mailing_id>/review")
@allow(Role.OFFICER)
def review(mailing_id: int) -> str | Response:
    """The first step: the check list, who would get it, who would not and why."""
    mailing = queries.get_mailing(mailing_id)
    if mailing.state != State.DRAFT:
        return redirect(url_for("mailing_sending.show", mailing_id=mailing_id), 303)
    run = trying.find(mailing)
    if run is None:
        return _uncounted(mailing)
    return render_template("mailings/review.html", errors={}, **_reviewed(mailing, run))


@blueprint.post("/office/mailings/<int:mailing_id>/counts")
@allow(Role.OFFICER)
def count(mailing_id: int) -> Response:
    """Let the worker find out who of very many would get it."""
    trying.wish_for(queries.get_mailing(mailing_id))
    db.session.commit()
    return redirect(url_for("mailing_sending.review", mailing_id=mailing_id), 303)


@blueprint.post("/office/mailings/<int:mailing_id>/review")
@allow(Role.OFFICER)
def confirm(mailing_id: int) -> Response:
    """The second step: the number is typed, and the mailing leaves in ten minutes or at its hour."""
    mailing, form = queries.get_mailing(mailing_id), request.form
    try:
        service.confirm(g.me.actor, mailing, forms.read_confirmation(form))
    except Refusal as refusal:
        db.session.rollback()
        mailing = queries.get_mailing(mailing_id)
        if mailing.state != State.DRAFT:
            return redirect(url_for("mailing_sending.show", mailing_id=mailing_id, late="yes"), 303)
        run = trying.find(mailing)
        if run is None:
            return redirect(url_for("mailing_sending.review", mailing_id=mailing_id, late="yes"), 303)
        shown = {**_reviewed(mailing, run), "values": form}
        return show_again(refusal, "mailings/review.html", "count", **shown)
    db.session.commit()
    return redirect(url_for("mailing_sending.show", mailing_id=mailing_id), 303)


@blueprint.post("/office/mailings/<int:mailing_id>/state")
@allow(Role.OFFICER)
def steer(mailing_id: int) -> Response:
    """Take it back, pause it, go on, or stop it (`act`)."""
    act = ACTS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    mailing = queries.get_mailing(mailing_id)
    try:
        act(g.me.actor, mailing)
    except Refusal:
        db.session.rollback()
        return redirect(url_for("mailing_sending.show", mailing_id=mailing_id, late="yes"), 303)
    db.session.commit()
    return redirect(url_for("mailing_sending.show", mailing_id=mailing_id), 303)


@blueprint.get("/office/mailings/<int:mailing_id>/readers/<standing>")
@allow(Role.OFFICER)
def readers(mailing_id: int, standing: str) -> str:
    """The people who stand there, a hundred at a time."""
    mailing = queries.get_mailing(mailing_id)
    if standing not in list(Standing):
        abort(404)
    found = queries.list_fates(mailing_id, standing, request.args.get("after", 0, type=row_number))
    after = found[-1].person_id if len(found) == queries.SHOWN else None
    return render_template(
        "mailings/readers.html", mailing=mailing, standing=standing, found=found, after=after, **_words()
    )


def _page(mailing: Mailing) -> str:
    has_begun = mailing.state in (State.SENDING, State.DONE, State.STOPPED)
    way = queries.funnel(mailing.id) if has_begun else None
    tally = queries.tally(mailing.id) if has_begun else {}
    return render_template(
        "mailings/show.html",
        mailing=mailing,
        way=way,
        rows=standings.rows_of(way) if way else [],
        seen=watched.count(mailing.id) if mailing.is_watched else None,
        tally=[(one, tally[one]) for one in Standing if tally.get(one)],
        is_held_back=mailing.state == State.SENDING and copies.is_held_back(mailing),
        is_late="late" in request.args,
        is_tested="tested" in request.args,
        State=State,
        **_words(),
    )


def _uncounted(mailing: Mailing) -> str:
    """The same step before it is known who of very many would get it."""
    wish, is_late = trying.find_wish(mailing), "late" in request.args
    asked_at = wish.asked_at if wish is not None and wish.done_at is None else None
    words = {"people": sifting.count(mailing), "asked_at": asked_at, "is_late": is_late, **_words()}
    return render_template("mailings/uncounted.html", mailing=mailing, **words)


def _reviewed(mailing: Mailing, run: DryRun) -> dict[str, Any]:
    settings = current_app.config["CIVIC"]
    lines = checks.list_checks(mailing, run)
    reasons = [(one, run.left_out[one], run.samples[one]) for one in LEFT_OUT if run.left_out[one]]
    return {
        "mailing": mailing,
        "run": run,
        "reasons": reasons,
        "some": run.samples.get("", []),
        "checks": lines,
        "may_send": run.number > 0 and not any(line.blocks for line in lines),
        "values": {"when": "now", **forms.hour_fields(clock.now())},
        "zone": settings.time_zone,
        "quiet": settings.mail_quiet_hours,
        **_words(),
    }


def _words() -> dict[str, Any]:
    return {
        "say_state": standings.say_state,
        "say_audience": wording.say_audience,
        "say_standing": standings.say_standing,
        "say_people": wording.say_people,
    }
