"""The officers' pages: all processes, import a budget, set it up task by task, open, close, publish."""

from __future__ import annotations

from contextlib import closing
from typing import Any, BinaryIO, cast

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.budgets import forms, importing, queries, results, service, tasks, wording
from app.budgets.errors import FileRefused
from app.budgets.queries import Poll
from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.counting.rules import RULES
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.rules import Who, find_balloting
from app.segments import eligibility

blueprint = Blueprint("budget_office", __name__, template_folder="templates")

LONGEST = 4000
STEPS = {
    "publish": process_service.publish,
    "open": process_service.open_now,
    "close": service.close_now,
    "results": service.publish_results,
}


@blueprint.get("/office")
@allow(Role.OFFICER)
def index() -> str:
    """All processes with their stage, and the way to a new one."""
    found = processes.list_processes(published=False)
    return render_template(
        "budgets/office/index.html", rows=[(one, processes.stage_of(one)) for one in found]
    )


@blueprint.get("/office/budgets/new")
@allow(Role.OFFICER)
def new() -> str:
    """Choose a .pb file."""
    return render_template("budgets/office/new.html", title="", faults=[], message="")


@blueprint.post("/office/budgets/new")
@allow(Role.OFFICER)
@takes_files
def create() -> Response | tuple[str, int]:
    """Import the file: all of it or nothing, and every fault with its line."""
    title, file = request.form.get("title", "")[:200], request.files.get("file")
    try:
        if file is None or not file.filename:
            raise FileRefused([])
        with closing(file.stream):
            process = importing.import_file(g.me.actor, cast("BinaryIO", file.stream), title)
    except FileRefused as refused:
        db.session.rollback()
        page = render_template(
            "budgets/office/new.html", title=title, faults=refused.faults, message=refused.message()
        )
        return page, refused.status
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=process.slug), 303)


@blueprint.get("/office/budgets/<slug>")
@allow(Role.OFFICER)
def set_up(slug: str) -> str:
    """What is done and what is to do."""
    return _set_up(queries.get_poll(slug, drafts=True))


@blueprint.post("/office/budgets/<slug>/<any(publish, open, close, results):step>")
@allow(Role.OFFICER)
def take_step(slug: str, step: str) -> Response | tuple[str, int]:
    """Publish, open voting now, close it now, or publish the results."""
    poll = queries.get_poll(slug, drafts=True)
    try:
        STEPS[step](g.me.actor, poll.process)
    except Refusal as refusal:
        db.session.rollback()
        return _set_up(queries.get_poll(slug, drafts=True), refusal.message()), refusal.status
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug), 303)


@blueprint.get("/office/budgets/<slug>/closing")
@allow(Role.OFFICER)
def ask_close(slug: str) -> str:
    """Ask once more before voting is closed early: it cannot be opened again."""
    return render_template("budgets/office/close.html", poll=queries.get_poll(slug, drafts=True))


@blueprint.route("/office/budgets/<slug>/dates", methods=["GET", "POST"])
@allow(Role.OFFICER)
def dates(slug: str) -> str | Response:
    """From when to when ballots are taken, in the site's zone."""
    poll = queries.get_poll(slug, drafts=True)
    zone = current_app.config["CIVIC"].time_zone
    template = "budgets/office/dates.html"
    if request.method != "POST":
        values = forms.dates_of(find_balloting(poll.process.spans), zone)
        return render_template(template, poll=poll, values=values, errors={}, zone=zone)
    try:
        begins = forms.read_date(request.form, "begins", zone)
        ends = forms.read_date(request.form, "ends", zone)
        service.set_dates(g.me.actor, poll.process, begins, ends)
    except Refusal as refusal:
        db.session.rollback()
        poll = queries.get_poll(slug, drafts=True)
        return show_again(refusal, template, "ends", poll=poll, values=request.form, zone=zone)
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug), 303)


@blueprint.route("/office/budgets/<slug>/texts", methods=["GET", "POST"])
@allow(Role.OFFICER)
def texts(slug: str) -> str | Response:
    """What residents read, in each language of the site."""
    poll = queries.get_poll(slug, drafts=True)
    languages = [(code, NATIVE[code]) for code in current_app.config["CIVIC"].languages]
    if request.method != "POST":
        return render_template("budgets/office/texts.html", poll=poll, site_languages=languages)
    written = {
        name: {code: request.form.get(f"{name}-{code}", "")[:LONGEST] for code, _ in languages}
        for name in process_service.TEXTS
    }
    process_service.write_texts(g.me.actor, poll.process, written)
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug), 303)


@blueprint.route("/office/budgets/<slug>/rule", methods=["GET", "POST"])
@allow(Role.OFFICER)
def rule(slug: str) -> str | Response:
    """How the ballots will be counted."""
    poll = queries.get_poll(slug, drafts=True)
    chosen = request.form.get("rule", poll.budget.rule)
    values = {"poll": poll, "rule": chosen, "options": _rules(poll)}
    if request.method != "POST":
        return render_template("budgets/office/rule.html", errors={}, **values)
    try:
        service.choose_rule(g.me.actor, poll, chosen)
    except Refusal as refusal:
        return show_again(refusal, "budgets/office/rule.html", "rule", **values)
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug), 303)


@blueprint.route("/office/budgets/<slug>/who", methods=["GET", "POST"])
@allow(Role.OFFICER)
def who(slug: str) -> str | Response:
    """Who may vote: whoever has confirmed an address, those on the census lists, or those in a version of a segment."""
    poll = queries.get_poll(slug, drafts=True)
    template, values = "budgets/office/who.html", forms.who_fields(poll.process.may_vote)
    if request.method != "POST":
        return render_template(template, errors={}, poll=poll, values=values, **_segments(poll))
    try:
        service.set_who(g.me.actor, poll.process, forms.read_who(request.form))
    except Refusal as refusal:
        db.session.rollback()
        poll = queries.get_poll(slug, drafts=True)
        return show_again(refusal, template, "who", poll=poll, values=request.form, **_segments(poll))
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug), 303)


@blueprint.post("/office/budgets/<slug>/projects/<int:project_id>/withdrawal")
@allow(Role.OFFICER)
def withdraw(slug: str, project_id: int) -> Response:
    """Take a project out of the vote, or bring it back (`back=1`)."""
    poll = queries.get_poll(slug, drafts=True)
    project = queries.get_project(poll, project_id)
    service.withdraw(g.me.actor, poll, project, is_withdrawn=not request.form.get("back"))
    db.session.commit()
    return redirect(url_for("budget_office.projects", slug=slug), 303)


@blueprint.get("/office/budgets/<slug>/projects")
@allow(Role.OFFICER)
def projects(slug: str) -> str:
    """What was imported, as a table."""
    return render_template("budgets/office/projects.html", poll=queries.get_poll(slug, drafts=True))


def _set_up(poll: Poll, refusal: str = "") -> str:
    stage = processes.stage_of(poll.process)
    return render_template(
        "budgets/office/set_up.html",
        poll=poll,
        stage=stage,
        tasks=tasks.list_tasks(poll, stage),
        is_counted=bool(results.load_results(poll)),
        refusal=refusal,
    )


def _segments(poll: Poll) -> dict[str, list[Any]]:
    """The segments that can say who may vote, as choices, and the names of those that cannot."""
    fit, unfit = eligibility.list_fit(poll.process.may_vote.segment)
    choices = [(str(Who(segment=one.pin)), one, words) for one, words in fit]
    return {"segments": choices, "unfit": unfit}


def _rules(poll: Poll) -> list[tuple[str, str, str]]:
    return [
        (name, wording.rule_name(name), wording.how_it_counts(name, poll.budget.meta))
        for name in RULES
        if name != "greedy-threshold" or poll.budget.meta.get("min_project_score_threshold")
    ]
