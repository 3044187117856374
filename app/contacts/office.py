"""The officers' pages about people: find an account; what it did, how engaged it is, its tags."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.census.wording import district_name, language_name, sex_name
from app.contacts.wording import reason_name
from app.core.db import db
from app.core.formats import format_when
from app.core.policy import Role, allow
from app.districts import service as districts
from app.mail import suppression
from app.people import queries as people
from app.people import reach, tags
from app.people import search as searching
from app.people import service as person_service
from app.people.engagement import engagement
from app.people.errors import WrongTag
from app.people.models import Person
from app.people.wording import engagement_name, formula, kind_name
from app.segments import queries
from app.segments.names import Names, load_names

blueprint = Blueprint("contacts", __name__, template_folder="templates")


@blueprint.get("/office/people")
@allow(Role.OFFICER)
def index() -> str:
    """Find an account."""
    return render_template("contacts/index.html", typed="", found=[], most=searching.FOUND)


@blueprint.get("/office/people/most-engaged")
@allow(Role.OFFICER)
def most_engaged() -> str:
    """Who takes part in most, to be asked first when the council needs people; never a list in public."""
    found = queries.describe_people(people.list_most_engaged(queries.moment().today, searching.FOUND))
    return render_template("contacts/most_engaged.html", found=found, formula=formula)


@blueprint.post("/office/people")
@allow(Role.OFFICER)
def search() -> str:
    """The accounts found. Sent as a form: names belong in no address, and so in no log."""
    typed = request.form.get("q", "").strip()[:300]
    found = queries.describe_people(searching.find_people(typed))
    return render_template("contacts/index.html", typed=typed, found=found, most=searching.FOUND)


@blueprint.get("/office/people/<int:person_id>")
@allow(Role.OFFICER)
def show(person_id: int) -> str:
    """One person: what is known, how engaged, tags, and what kind of thing they did when."""
    return _page(person_service.get_person(person_id))


@blueprint.post("/office/people/<int:person_id>/tags")
@allow(Role.OFFICER)
def tag(person_id: int) -> Response | tuple[str, int]:
    """Put a tag on the person."""
    person, word = person_service.get_person(person_id), request.form.get("tag", "")[:300]
    try:
        tags.tag(g.me.actor, person, word)
    except WrongTag as refusal:
        return _page(person, errors={"tag": refusal.message()}, typed=word), refusal.status
    db.session.commit()
    return redirect(url_for("contacts.show", person_id=person_id), 303)


@blueprint.post("/office/people/<int:person_id>/tags/removal")
@allow(Role.OFFICER)
def untag(person_id: int) -> Response:
    """Take a tag off the person."""
    tags.untag(g.me.actor, person_service.get_person(person_id), request.form.get("tag", "")[:300])
    db.session.commit()
    return redirect(url_for("contacts.show", person_id=person_id), 303)


def _page(person: Person, **more: Any) -> str:
    names, timeline = load_names(), people.list_deeds(person.id)
    level = engagement(timeline, queries.moment().today)
    return render_template(
        "contacts/show.html",
        **{"errors": {}, "typed": "", **more},
        person=person,
        rows=_facts(person, engagement_name(level), names),
        tags=tags.list_tags(person.id),
        all_tags=tags.list_all_tags(),
        timeline=timeline[: people.SHOWN_DEEDS],
        names=names,
        formula=formula,
        kind_name=kind_name,
    )


def _facts(person: Person, level: str, names: Names) -> list[tuple[str, str]]:
    rows = [
        (gettext("Address"), _address(person)),
        *_suppressed(person),
        *_reached(person),
        (gettext("Account opened"), format_when(person.created_at, with_zone=False)),
        (gettext("Language of this site"), language_name(person.language)),
        (gettext("Engagement"), level),
        (gettext("Census"), _census(person, names)),
    ]
    if person.disabled_at:
        rows.append((gettext("Account closed"), format_when(person.disabled_at, with_zone=False)))
    return rows


def _address(person: Person) -> str:
    point = people.find_email(person.id)
    if point is None:
        return "–"
    standing = gettext("confirmed") if point.confirmed_at else gettext("not confirmed")
    return f"{point.address} ({standing})"


def _suppressed(person: Person) -> list[tuple[str, str]]:
    point = people.find_email(person.id)
    row = suppression.find(point.normalized) if point else None
    return [(gettext("Mailings"), reason_name(row.reason))] if row and row.reason else []


def _reached(person: Person) -> list[tuple[str, str]]:
    names = {"phone": gettext("Telephone"), "postal": gettext("Postal address")}
    noted = reach.reach(person.id)
    rows = [(names[kind], words.replace("\n", ", ")) for kind, words in sorted(noted.items())]
    district = districts.find_district(noted.get("postal", ""))
    return [*rows, (gettext("District by the address"), district)] if district else rows


def _census(person: Person, names: Names) -> str:
    entry = queries.find_standing(person.id)
    if entry is None:
        return gettext("not found on a census list")
    born = gettext("born in %(year)s", year=entry.birth_year)
    said = [
        names.lists.get(entry.list_id, ""),
        sex_name(entry.sex),
        district_name(entry.district),
    ]
    return ", ".join([*said, born])
