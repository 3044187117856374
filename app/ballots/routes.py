"""Pages that let everyone check the ballots: how many there are, and whether a receipt is among them."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from app.ballots import queries, rules
from app.ballots.service import site_secret
from app.core.errors import NotFound
from app.core.maintenance import stays_open
from app.core.policy import Role, allow
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
def chain(slug: str) -> dict[str, object]:
    """The signed chain for scrutineers: statements as they were signed, Ed25519 signatures, the public key."""
    process = processes.get_published(slug)
    return {
        "public_key": rules.public_key(site_secret()),
        "links": [
            {"statement": link.statement.as_bytes().decode(), "signature": link.signature}
            for link in queries.list_links(process.id)
        ],
    }


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
    """The SHA-256 of every receipt, sorted, one a line: as many lines as ballots."""
    lines = "".join(f"{one}\n" for one in queries.list_receipts(_closed(slug).id))
    return Response(lines, mimetype="text/plain")


def _closed(slug: str) -> Process:
    process = processes.get_published(slug)
    if process.box_closed_at is None:
        raise NotFound
    return process
