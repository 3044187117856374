"""The officers' page about the host: can what was decided here be lost, and is anything wrong."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from app.core import maintenance
from app.core.policy import Role, allow
from app.mail import queries as mail
from app.mail.outbox import Lane
from app.sms import queries as sms
from app.system import queries
from app.version import __version__

blueprint = Blueprint("system", __name__, template_folder="templates")


@blueprint.get("/office/system")
@allow(Role.OFFICER)
def show() -> str:
    """Release, backups, drills, maintenance, mail and alerts."""
    state = queries.read_state()
    return render_template(
        "system/system.html",
        state=state,
        release=state.release or __version__,
        closed=maintenance.current(),
        series=_series(state.drills),
        subjects=_subjects(),
        mail=mail.read_standing(),
        sms=sms.read_waiting(),
        lanes={
            Lane.CODES: gettext("Codes"),
            Lane.NOTICES: gettext("Letters to one person"),
            Lane.MAILINGS: gettext("Mailings"),
        },
    )


def _subjects() -> dict[str, str]:
    """What the doctor's codes are about, by their beginning."""
    return {
        "C1": gettext("The site itself"),
        "C2": gettext("Settings and secrets"),
        "C3": gettext("The server: room, memory, clock"),
        "C4": gettext("Name and certificate"),
        "C5": gettext("Mail"),
        "C6": gettext("Backups and drills"),
        "C7": gettext("Work on the server"),
    }


def _series(drills: tuple[queries.Drill, ...]) -> dict[str, list[float | None]]:
    """A number a drill, None for one that failed: seconds to restore, and seconds of data that would have been lost."""
    return {
        "restore": [drill.restore_seconds if drill.ok else None for drill in drills],
        "age": [drill.data_age_seconds if drill.ok else None for drill in drills],
    }
