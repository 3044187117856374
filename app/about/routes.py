"""The two pages of the footer. What they say of times comes from the code that keeps to them."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from app.ballots import browser
from app.core import throttle
from app.core.policy import Role, allow
from app.core.shared_cache import shared
from app.mail import outbox
from app.people import wording
from app.sign_in import known, rules, sessions
from app.version import __version__
from app.watching import queries as watching

blueprint = Blueprint("about", __name__, template_folder="templates")


@blueprint.get("/accessibility")
@allow(Role.ANYONE)
@shared
def accessibility() -> str:
    """The statement that the law of the country asks for. It says "not audited" until somebody has audited the site."""
    return render_template("about/accessibility.html", version=__version__)


@blueprint.get("/privacy")
@allow(Role.ANYONE)
@shared
def privacy() -> str:
    """Which data, why, for how long, and whom to write to."""
    days = {
        "ballot": browser.KEPT.days,
        "idle": sessions.IDLE[False].days,
        "known": known.KEPT.days,
        "letters": outbox.KEPT.days,
        "session": sessions.LONGEST[False].days,
        "tries": throttle.KEPT.days,
    }
    minutes = int(rules.CODE_LIFE.total_seconds() // 60)
    return render_template(
        "about/privacy.html",
        days=days,
        minutes=minutes,
        months=current_app.config["CIVIC"].people_kept_months,
        engagement=wording.formula(),
        is_watched=watching.is_on(),
        sends_sms=bool(current_app.config["CIVIC"].sms_url),
    )
