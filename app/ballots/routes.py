"""Pages that let everyone check the ballots: how many there are, and whether a receipt is among them."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app.ballots import published, queries, rules
from app.core.errors import NotFound
from app.core.maintenance import stays_open
from app.core.packed import Packed
from app.core.policy import Role, allow
from app.core.seal import site_secret
from app.processes import queries as processes
from app.processes.models import Process

blueprint = Blueprint("ballots", __name__, template_folder="templates")


@blueprint.get("/ballots/<slug>/counts")
@allow(Role.ANYONE)
def counts(slug: str) -> str:
    """How many people are on the roll, and how many ballots are in hopper and box: the two must agree."""
    process = processes.get_published(slug)
    return render_template(
        "ballots/counts.html",
        process=process,
        check=queries.find_check(process.id),
        link=queries.find_last_link(process.id),
        public_key=rules.public_key(site_secret()),
    )


@blueprint.get("/ballots/<slug>/chain.json")
@allow(Role.ANYONE)
def chain(slug: str) -> Response:
    """The signed chain for scrutineers."""
    process = processes.get_published(slug)
    kept = queries.find_file(process.id, published.CHAIN) or Packed.of(published.chain(process.id))
    return kept.answer("application/json")


@blueprint.get("/ballots/<slug>/receipts")
@allow(Role.ANYONE)
def receipts(slug: str) -> str:
    """Check a receipt."""
    return render_template("ballots/receipts.html", process=_closed(slug), code="", is_there=None)


@blueprint.post("/ballots/<slug>/receipts")
@stays_open
@allow(Role.ANYONE)
def check_receipt(slug: str) -> str:
    """Say whether the ballot of a receipt is in the box; never what it says. Sent in the body: addresses end up in logs."""
    process = _closed(slug)
    code = rules.clean_code(request.form.get("code", ""))
    is_there = queries.has_ballot(process.id, code) if code else False
    return render_template("ballots/receipts.html", process=process, code=code, is_there=is_there)


@blueprint.get("/ballots/<slug>/receipts.txt")
@allow(Role.ANYONE)
def receipts_list(slug: str) -> Response:
    """The hashes of all receipts."""
    process = _closed(slug)
    kept = queries.find_file(process.id, published.RECEIPTS) or Packed.of(published.receipts(process.id))
    return kept.answer("text/plain")


def _closed(slug: str) -> Process:
    process = processes.get_published(slug)
    if process.box_closed_at is None:
        raise NotFound
    return process
