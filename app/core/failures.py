"""What a person sees when something is refused or goes wrong, always in the site's own look."""

from __future__ import annotations

from urllib.parse import quote

from flask import Flask, current_app, g, redirect, render_template, request
from flask_babel import gettext
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from app.core import languages
from app.core.db import db
from app.core.errors import NotFound, Refusal, SignInNeeded, TooMany

Answer = tuple[str, int] | tuple[str, int, dict[str, str]] | Response


def init_app(app: Flask) -> None:
    """Turn refusals and faults into pages."""
    app.register_error_handler(SignInNeeded, _to_sign_in)
    app.register_error_handler(Refusal, _refusal)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(Exception, _fault)


def _to_sign_in(refusal: SignInNeeded) -> Answer:
    if request.method not in ("GET", "HEAD"):
        return _page(401, gettext("Sign in first, then send the form again."))
    target = quote(request.full_path.rstrip("?"), safe="/")
    return redirect(f"/{_lang()}/sign-in?next={target}", 303)


def _refusal(refusal: Refusal) -> Answer:
    db.session.rollback()
    headers = {"Retry-After": str(refusal.retry_after_seconds)} if isinstance(refusal, TooMany) else {}
    html, status = _page(refusal.status, refusal.message())
    return html, status, headers


def _http(error: HTTPException) -> Answer:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    if error.code == 404:
        return _page(404, NotFound().message())
    sentences = {
        400: gettext("The browser sent something this site does not understand."),
        405: gettext("This page cannot be called that way."),
        411: gettext("The browser sent something this site does not understand."),
        413: gettext("What you sent is too large."),
    }
    return _page(error.code or 500, sentences.get(error.code or 500, gettext("This cannot be done.")))


def _database_away(error: OperationalError) -> Answer:
    current_app.logger.exception("the database did not answer")
    db.session.rollback()
    html, status = _page(
        503, gettext("The site is pausing for a moment. Nothing was recorded; try again in a minute.")
    )
    return html, status, {"Retry-After": "10"}


def _fault(error: Exception) -> Answer:
    current_app.logger.exception("fault while answering a request")
    db.session.rollback()
    return _page(
        500,
        gettext(
            "Something went wrong on our side. It has been noted. Nothing was recorded; please try again."
        ),
    )


def _page(status: int, message: str) -> tuple[str, int]:
    g.setdefault("lang", _lang())
    return render_template("error.html", status=status, message=message), status


def _lang() -> str:
    first = request.path.split("/")[1]
    return g.get("lang") or (
        first if first in current_app.config["CIVIC"].languages else languages.preferred()
    )
