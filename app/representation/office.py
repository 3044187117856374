"""The officers' pages that show who takes part beside who is entitled."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_percent
from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.census import queries as census
from app.core import languages
from app.core.db import db
from app.core.errors import NotFound
from app.core.intake import row_number
from app.core.policy import Role, allow
from app.processes import queries as processes
from app.representation import service
from app.representation.rules import BANDS, DIMENSIONS
from app.representation.service import Base
from app.segments import queries
from app.segments.names import load_names
from app.segments.rules import FLOOR

blueprint = Blueprint("representation", __name__, template_folder="templates")


@blueprint.get("/office/processes/<slug>/representation")
@allow(Role.OFFICER)
def process(slug: str) -> str:
    """Who has voted in the process, beside the census."""
    found = processes.get_process(slug)
    base = service.base_of_process(found, load_names())
    back = (
        url_for("budget_office.set_up", slug=slug)
        if found.kind == "budget"
        else url_for("budget_office.index")
    )
    return _page(base, back, url_for("representation.of_process", slug=slug))


@blueprint.post("/office/processes/<slug>/representation")
@allow(Role.OFFICER)
def of_process(slug: str) -> Response:
    """Make a segment of a group that votes too little: those of it who have not."""
    return _make(service.base_of_process(processes.get_process(slug), load_names()))


@blueprint.get("/office/segments/<int:segment_id>/representation")
@allow(Role.OFFICER)
def segment(segment_id: int) -> str:
    """The people of a segment, beside the census."""
    base = service.base_of_segment(queries.get_described(segment_id))
    here = url_for("segments.show", segment_id=segment_id)
    return _page(base, here, url_for("representation.of_segment", segment_id=segment_id))


@blueprint.post("/office/segments/<int:segment_id>/representation")
@allow(Role.OFFICER)
def of_segment(segment_id: int) -> Response:
    """Make a segment of a group that the segment has too little of."""
    return _make(service.base_of_segment(queries.get_described(segment_id)))


def _page(base: Base, back: str, make: str) -> str:
    lists = sorted(census.list_standing(), key=lambda one: one.entries, reverse=True)
    asked = request.args.get("list", type=row_number)
    chosen = next((one for one in lists if asked in (None, one.list.id)), None)
    if chosen is None and asked is not None:
        raise NotFound
    return render_template(
        "representation/show.html",
        base=base,
        back=back,
        make=make,
        lists=[one.list for one in lists],
        chosen=chosen.list if chosen else None,
        picture=service.picture(base, chosen.list.id) if chosen else None,
        say_cell=service.say_cell,
        percent=_percent,
        floor=FLOOR,
    )


def _make(base: Base) -> Response:
    dimension = request.form.get("dimension", "")
    if dimension not in DIMENSIONS:
        raise NotFound
    made = service.make_segment(g.me.actor, base, dimension, _places(dimension))
    db.session.commit()
    return redirect(url_for("segments.show", segment_id=made.segment.id), 303)


def _places(dimension: str) -> list[Any]:
    """The group of the form. Raises: NotFound for what is no group."""
    sent = request.form.getlist("place")[:200]
    if dimension == "district" and sent:
        return sent
    if dimension == "sex" and sent and set(sent) <= {"f", "m", "x", ""}:
        return list(sent)
    numbers = [int(text) for text in sent if text in map(str, range(len(BANDS)))]
    if dimension != "age" or not numbers or len(numbers) != len(sent):
        raise NotFound
    return numbers


def _percent(share: float) -> str:
    return format_percent(share, locale=languages.current())
