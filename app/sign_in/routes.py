"""Signing in and out: the address, the code or link that is sent there, and the first greeting."""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.core import headers
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.maintenance import stays_open
from app.core.policy import Role, allow
from app.core.throttle import client_network
from app.people import service as people
from app.sign_in import known, service, sessions
from app.sign_in.errors import CodeSpent, CodeWrong
from app.sign_in.forms import wanted_path
from app.sign_in.rules import local_path

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
blueprint.after_request(headers.keep_private)


@blueprint.get("/sign-in")
@allow(Role.ANYONE)
def start() -> str | Response:
    """Ask for the address; whoever is signed in goes on to where they wanted to go."""
    wanted = wanted_path()
    if g.get("me") is not None:
        return redirect(local_path(wanted, f"/{g.lang}/account"), 303)
    return render_template("sign_in/start.html", errors={}, email="", wanted=wanted)


@blueprint.post("/sign-in")
@stays_open
@allow(Role.ANYONE)
def send() -> Response:
    """Send a code to the address, known or not."""
    email, wanted = request.form.get("email", ""), wanted_path()
    try:
        row = service.request_code(email, wanted, g.lang, _asker())
    except Refusal as refusal:
        return show_again(refusal, "sign_in/start.html", "email", email=email, wanted=wanted)
    db.session.commit()
    return redirect(url_for("sign_in.code", handle=row.handle), 303)


@blueprint.get("/sign-in/<handle>")
@allow(Role.ANYONE)
def code(handle: str) -> Response | str | tuple[str, int]:
    """Ask for the six digits."""
    row = service.find_code(handle)
    if row is None or not service.is_live(row):
        return render_template("sign_in/spent.html", wanted=row.next_path if row else ""), CodeSpent.status
    return render_template("sign_in/code.html", errors={}, handle=handle, address=row.address, digits="")


@blueprint.post("/sign-in/<handle>")
@stays_open
@allow(Role.ANYONE)
def enter_code(handle: str) -> Response | tuple[str, int]:
    """Sign in with the six digits. A wrong try is written down before it is answered."""
    digits = request.form.get("code", "")
    try:
        entry = service.redeem_code(handle, digits, g.lang, client_network())
    except CodeWrong as refusal:
        db.session.commit()
        return _ask_again(refusal, handle, digits)
    except CodeSpent:
        return _spent(handle)
    return _let_in(entry)


@blueprint.post("/sign-in/<handle>/again")
@stays_open
@allow(Role.ANYONE)
def send_again(handle: str) -> Response | tuple[str, int]:
    """Send another code in place of the one that did not arrive."""
    try:
        row = service.resend(handle, g.lang, _asker())
    except CodeSpent:
        return _spent(handle)
    db.session.commit()
    return redirect(url_for("sign_in.code", handle=row.handle), 303)


@blueprint.get("/sign-in/<handle>/<token>")
@allow(Role.ANYONE)
def link(handle: str, token: str) -> str:
    """The page behind the mailed link: one button, and whom it signs in: a link may have been sent on by somebody else.

    Fetching it changes nothing, because mail scanners fetch links (A24).
    """
    address = service.find_link_address(handle, token)
    return render_template("sign_in/link.html", handle=handle, token=token, address=address)


@blueprint.post("/sign-in/<handle>/<token>")
@stays_open
@allow(Role.ANYONE)
def enter_link(handle: str, token: str) -> Response | tuple[str, int]:
    """Sign in with the link."""
    try:
        entry = service.redeem_link(handle, token, g.lang, client_network())
    except CodeSpent:
        return _spent(handle)
    return _let_in(entry)


@blueprint.get("/welcome")
@allow(Role.RESIDENT)
def welcome() -> str:
    """Ask a newcomer how to call them; they need not say."""
    return render_template("sign_in/welcome.html", errors={}, name="", wanted=wanted_path())


@blueprint.post("/welcome")
@allow(Role.RESIDENT)
def greet() -> Response:
    """Take the name and go on."""
    name = request.form.get("display_name", "")
    try:
        people.describe(people.get_person(g.me.id), name, g.lang)
    except Refusal as refusal:
        return show_again(refusal, "sign_in/welcome.html", "display_name", name=name, wanted=wanted_path())
    db.session.commit()
    return redirect(local_path(wanted_path(), f"/{g.lang}/"), 303)


@blueprint.post("/sign-out")
@stays_open
@allow(Role.ANYONE)
def sign_out() -> Response:
    """End the session, in the database as well as in the browser."""
    sessions.end_current()
    db.session.commit()
    answer = redirect(f"/{g.lang}/", 303)
    sessions.delete_cookie(answer)
    return answer


def _asker() -> service.Asker:
    return service.Asker(client_network(), known.is_known)


def _let_in(entry: service.Entry) -> Response:
    db.session.commit()
    target = entry.next_path or f"/{g.lang}/"
    if entry.person.granted_role > Role.RESIDENT:
        target = f"{url_for('second_factor.ask')}?next={quote(entry.next_path)}"
    elif entry.is_first:
        target = f"{url_for('sign_in.welcome')}?next={quote(entry.next_path)}"
    answer = redirect(target, 303)
    sessions.set_cookie(answer, entry.token)
    known.remember(answer, entry.normalized)
    return answer


def _ask_again(refusal: CodeWrong, handle: str, digits: str) -> Response:
    row = service.find_code(handle)
    address = row.address if row else ""
    return show_again(refusal, "sign_in/code.html", "code", handle=handle, address=address, digits=digits)


def _spent(handle: str) -> Response | tuple[str, int]:
    db.session.rollback()
    row = service.find_code(handle)
    if row is not None and g.get("me") is not None and service.has_begun(handle, g.me.session_id):
        return redirect(row.next_path or f"/{g.lang}/", 303)
    return render_template("sign_in/spent.html", wanted=row.next_path if row else ""), CodeSpent.status
