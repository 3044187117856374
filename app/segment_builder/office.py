"""The officers' pages about segments: all of them, the builder, one with its people, the file."""

from __future__ import annotations

from itertools import chain
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.core.db import db
from app.core.errors import NotFound, Refusal
from app.core.intake import row_number
from app.core.policy import Role, allow
from app.people import queries as people
from app.processes import queries as processes
from app.segment_builder import fields, forms, service
from app.segments import queries, rules, wording
from app.segments.errors import Fault, NobodyLikeThat, WrongRule
from app.segments.names import load_names
from app.segments.queries import Described
from app.tables import writing

blueprint = Blueprint("segments", __name__, template_folder="templates")
FILES = {
    "csv": (writing.write, "text/csv", None),
    "xlsx": (writing.write_workbook, writing.WORKBOOK, writing.MOST_ROWS - 1),
}


@blueprint.get("/office/segments")
@allow(Role.OFFICER)
def index() -> str:
    """All segments, each with its rule in words; the retired ones at the end."""
    names = load_names()
    rows = [(one, wording.sentence(one.rule, names)) for one in queries.list_described()]
    return render_template(
        "segment_builder/index.html", rows=rows, retired=queries.list_described(retired=True)
    )


@blueprint.route("/office/segments/new", methods=["GET", "POST"])
@allow(Role.OFFICER)
def new() -> str | Response | tuple[str, int]:
    """Build a rule and save it as a segment."""
    if request.method == "POST":
        return _work(None)
    return _builder(None, {"all": []})


@blueprint.route("/office/segments/<int:segment_id>/rule", methods=["GET", "POST"])
@allow(Role.OFFICER)
def change(segment_id: int) -> str | Response | tuple[str, int]:
    """Change the rule: each change is a new version."""
    described = queries.get_described(segment_id, request.form.get("base", type=row_number))
    if request.method == "POST":
        return _work(described)
    return _builder(described, dict(described.version.rule), purpose=described.version.purpose)


@blueprint.get("/office/segments/<int:segment_id>")
@allow(Role.OFFICER)
def show(segment_id: int) -> str:
    """The rule in words, how many people, ten of them, versions and exports; with `person` why that one is in or out."""
    return _page(queries.get_described(segment_id, request.args.get("version", type=row_number)))


@blueprint.post("/office/segments/<int:segment_id>/why")
@allow(Role.OFFICER)
def why(segment_id: int) -> Response | tuple[str, int]:
    """Look a person up by number or address, then say why they are in or out."""
    described = queries.get_described(segment_id, request.form.get("version", type=row_number))
    who = request.form.get("who", "").strip()[:300]
    found = people.find_person(int(who)) if who.isascii() and who.isdecimal() and len(who) < 10 else None
    found = found or people.find_person_by_email(who)
    if found is None:
        refusal = NobodyLikeThat()
        return _page(described, errors={"who": refusal.message()}, who=who), refusal.status
    version = described.version
    place = url_for("segments.show", segment_id=segment_id, version=version.number, person=found.id)
    return redirect(f"{place}#why", 303)


@blueprint.post("/office/segments/<int:segment_id>/retirement")
@allow(Role.OFFICER)
def retire(segment_id: int) -> Response:
    """Retire the segment, or bring it back (`back=1`)."""
    service.retire(
        g.me.actor, queries.get_described(segment_id).segment, is_retired=not request.form.get("back")
    )
    db.session.commit()
    return redirect(url_for("segments.show", segment_id=segment_id), 303)


@blueprint.post("/office/segments/<int:segment_id>/export")
@allow(Role.OFFICER)
def export(segment_id: int) -> Response | tuple[str, int]:
    """A file of the people in the version that the page shows, CSV or a workbook (`as=xlsx`); says what for."""
    described = queries.get_described(segment_id, request.form.get("version", type=row_number))
    purpose, kind = request.form.get("purpose", "")[:2000], request.form.get("as", "")
    kind = kind if kind in FILES else "csv"
    write, mimetype, most = FILES[kind]
    try:
        rows = service.export(g.me.actor, described, purpose, most)
    except Refusal as refusal:
        db.session.rollback()
        described = queries.get_described(segment_id, request.form.get("version", type=row_number))
        errors = refusal.fields or {"purpose": refusal.message()}
        return _page(described, errors=errors, purpose=purpose), refusal.status
    db.session.commit()
    name = f"segment-{segment_id}-{described.version.number}.{kind}"
    heads = {"Content-Disposition": f'attachment; filename="{name}"'}
    columns = [gettext("Number"), gettext("Name"), gettext("E-mail"), gettext("Language")]
    portions = write(chain([columns], rows))
    return Response(stream_with_context(portions), mimetype=mimetype, headers=heads)


def _page(described: Described, **more: Any) -> str:
    names, rule = load_names(), described.rule
    asked = request.args.get("person", type=row_number)
    person = people.find_person(asked) if asked else None
    if asked and person is None:
        raise NotFound
    answers = queries.why(rule, person.id) if person else None
    return render_template(
        "segment_builder/show.html",
        **{"errors": {}, "who": "", "purpose": "", **more},
        described=described,
        reading=wording.read(rule, names),
        number=queries.count(rule),
        more=queries.count_entries(rule),
        sample=queries.describe_people(queries.sample(rule)),
        versions=queries.list_versions(described.segment.id),
        exports=queries.list_exports(described.segment.id),
        decides=[(one, one.who_may_vote.segment) for one in processes.list_of_segment(described.segment.id)],
        person=person,
        why=answers,
        reasons=[(wording.say(one, names), holds) for one, holds in answers.answers] if answers else [],
        floor=rules.FLOOR,
    )


def _work(described: Described | None) -> str | Response | tuple[str, int]:
    """Do what the button of the builder says."""
    raw, wish = forms.read(request.form), request.form.get("do", "count")
    name, purpose = request.form.get("name", "")[:300], request.form.get("purpose", "")[:2000]
    if ":" in wish:
        what = request.form.get(f"{wish.partition(':')[2]}.new", "")
        return _builder(described, forms.change(raw, wish, what), name=name, purpose=purpose)
    try:
        rule = rules.parse(raw)
        if wish != "save":
            return _builder(described, raw, name=name, purpose=purpose)
        actor = g.me.actor
        if described is None:
            described = service.create(actor, name, purpose, rule)
        else:
            described = service.change(actor, described, purpose, rule)
    except WrongRule as wrong:
        return _builder(described, raw, wrong.faults, name=name, purpose=purpose), wrong.status
    except Refusal as refusal:
        db.session.rollback()
        if described is not None:
            described = queries.get_described(described.segment.id, request.form.get("base", type=row_number))
        errors = refusal.fields or {"purpose": refusal.message()}
        return _builder(described, raw, name=name, purpose=purpose, errors=errors), refusal.status
    db.session.commit()
    return redirect(url_for("segments.show", segment_id=described.segment.id), 303)


def _builder(
    described: Described | None, raw: forms.Raw, faults: list[Fault] | None = None, **typed: Any
) -> str:
    names = load_names()
    root = forms.draw(raw, faults)
    said = {"name": "", "purpose": "", "errors": {}, **typed}
    rule = _parsed(raw)
    found = [
        (f"{node.id}.{name}" if name else node.id, text)
        for node in root.nodes()
        for name, text in node.errors.items()
    ]
    return render_template(
        "segment_builder/builder.html",
        described=described,
        root=root,
        asking=fields.Asking(names),
        reading=wording.read(rule, names) if rule else None,
        number=queries.count(rule) if rule else None,
        more=queries.count_entries(rule) if rule else None,
        summary=[*found, *said["errors"].items()],
        **said,
    )


def _parsed(raw: forms.Raw) -> rules.Rule | None:
    try:
        return rules.parse(raw)
    except WrongRule:
        return None
