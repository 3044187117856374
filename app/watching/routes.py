"""Where the picture and the links of a watched letter lead. What a mail program or scanner fetches beforehand is not counted."""

from __future__ import annotations

from base64 import b64decode

from flask import Blueprint, redirect, request
from flask import Response as FlaskResponse
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app.core import headers, maintenance
from app.core.db import db
from app.core.policy import Role, allow
from app.watching import queries, service, tokens
from app.watching.tokens import Seen

blueprint = Blueprint("watching", __name__)
blueprint.after_request(headers.keep_to_reader)
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_BEFOREHAND = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")


@blueprint.get("/news/<token>")
@allow(Role.ANYONE)
def follow(token: str) -> Response:
    """Go where the link leads that this address stands for."""
    seen = tokens.read(token)
    target = queries.get_target(seen.mailing_id, seen.number)
    _note(seen)
    return redirect(target, 302)


@blueprint.get("/news/<token>.gif")
@allow(Role.ANYONE)
def picture(token: str) -> FlaskResponse:
    """One pixel that nobody sees, which a mail program in a browser asks for from its own site."""
    _note(tokens.read(token))
    return FlaskResponse(
        PIXEL, mimetype="image/gif", headers={"Cross-Origin-Resource-Policy": "cross-origin"}
    )


def _note(seen: Seen) -> None:
    """Note it, unless nobody has looked yet or nothing can be written now: the reader goes on in any case."""
    is_beforehand = any("prefetch" in request.headers.get(name, "").lower() for name in _BEFOREHAND)
    if request.method == "HEAD" or is_beforehand or maintenance.current() is not None:
        return
    try:
        service.noted.send(seen=seen)
        db.session.commit()
    except OperationalError:
        db.session.rollback()
