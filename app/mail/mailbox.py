"""The mail box of a trial site: shows the letters that a real site would send. On any other site this page does not exist."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template
from sqlalchemy import select

from app.core.db import db
from app.core.policy import Role, allow
from app.mail.circulars import Circular
from app.mail.letters import Letter
from app.mail.outbox import OutboxMessage

SHOWN = 100
blueprint = Blueprint("mailbox", __name__, template_folder="templates")


@blueprint.get("/mailbox")
@allow(Role.ANYONE)
def letters() -> str:
    """The newest letters, whole. Anyone on this machine may read them: a trial site answers on the loopback only."""
    newest = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(SHOWN)
    shown = [(row, _letter(row)) for row in db.session.scalars(newest)]
    return render_template("mail/mailbox.html", letters=shown)


def _letter(row: OutboxMessage) -> Letter:
    if row.circular_id is None:
        return Letter(row.subject, row.text)
    return db.session.get_one(Circular, row.circular_id).letter(row.fields or {})


def init_app(app: Flask) -> None:
    """Serve the page if this is a trial."""
    if app.config["CIVIC"].trial:
        app.register_blueprint(blueprint, url_prefix="/<language:lang>")
