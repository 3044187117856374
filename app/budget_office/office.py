"""The officers' pages: all processes, import a budget, set it up task by task, open, close, publish."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.ballots import queries as ballots
from app.budget_office import forms, importing, steps, tasks
from app.budgets import queries, results, service, wording
from app.budgets.errors import FileRefused
from app.budgets.queries import Poll
from app.census import queries as census
from app.core import languages
from app.core.bodies import takes_files
from app.core.db import db
from app.core.errors import Refusal
from app.core.forms import show_again
from app.core.languages import NATIVE
from app.core.policy import Role, allow
from app.counting.rules import RULES
from app.people import queries as people
from app.processes import queries as processes
from app.processes import service as process_service
from app.processes.rules import Who, find_balloting, in_language
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
    return render_template("budget_office/index.html", rows=[(one, processes.stage_of(one)) for one in found])


@blueprint.get("/office/budgets/new")
@allow(Role.OFFICER)
def new() -> str:
    """Choose a .pb file."""
    return render_template("budget_office/new.html", title="", faults=[], message="")


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
            "budget_office/new.html", title=title, faults=refused.faults, message=refused.message()
        )
        return page, refused.status
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=process.slug), 303)


@blueprint.get("/office/budgets/<slug>")
@allow(Role.OFFICER)
def set_up(slug: str) -> str:
    """What is done and what is to do."""
    return _set_up(queries.get_poll(slug, drafts=True))


@blueprint.get("/office/budgets/<slug>/<any(publish, open, close, results):step>")
@allow(Role.OFFICER)
def ask_step(slug: str, step: str) -> str:
    """Ask once more: residents see what follows, and some of it cannot be taken back."""
    poll = queries.get_poll(slug, drafts=True)
    found = steps.question(step, poll, tasks.list_tasks(poll, processes.stage_of(poll.process)))
    return _ask(poll, found, url_for("budget_office.take_step", slug=slug, step=step))


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
    return _done(slug, step)


@blueprint.route("/office/budgets/<slug>/dates", methods=["GET", "POST"])
@allow(Role.OFFICER)
def dates(slug: str) -> str | Response:
    """From when to when ballots are taken, in the site's zone."""
    poll = queries.get_poll(slug, drafts=True)
    zone = current_app.config["CIVIC"].time_zone
    template = "budget_office/dates.html"
    if request.method != "POST":
        values = forms.dates_of(find_balloting(poll.process.spans), zone)
        return render_template(template, poll=poll, values=values, errors={}, zone=zone)
    try:
        begins = forms.read_date(request.form, "begins", zone)
        ends = forms.read_date(request.form, "ends", zone)
        before = find_balloting(poll.process.spans)
        service.set_dates(g.me.actor, poll.process, begins, ends)
        after = find_balloting(poll.process.spans)
        if before and after and before != after and poll.process.published_at and "sure" not in request.form:
            db.session.rollback()
            found = steps.about_dates(before, after, len(people.list_writable(poll.process.id)))
            return _ask(poll, found, url_for("budget_office.dates", slug=slug), request.form)
    except Refusal as refusal:
        db.session.rollback()
        poll = queries.get_poll(slug, drafts=True)
        return show_again(refusal, template, "ends", poll=poll, values=request.form, zone=zone)
    return _done(slug, "dates")


@blueprint.route("/office/budgets/<slug>/texts", methods=["GET", "POST"])
@allow(Role.OFFICER)
def texts(slug: str) -> str | Response:
    """What residents read, in each language of the site."""
    poll = queries.get_poll(slug, drafts=True)
    languages = [(code, NATIVE[code]) for code in current_app.config["CIVIC"].languages]
    if request.method != "POST":
        return render_template("budget_office/texts.html", poll=poll, site_languages=languages)
    written = {
        name: {code: request.form.get(f"{name}-{code}", "")[:LONGEST] for code, _ in languages}
        for name in process_service.TEXTS
    }
    process_service.write_texts(g.me.actor, poll.process, written)
    return _done(slug, "texts")


@blueprint.route("/office/budgets/<slug>/rule", methods=["GET", "POST"])
@allow(Role.OFFICER)
def rule(slug: str) -> str | Response:
    """How the ballots will be counted."""
    poll = queries.get_poll(slug, drafts=True)
    chosen = request.form.get("rule", poll.budget.rule)
    values = {"poll": poll, "rule": chosen, "options": _rules(poll)}
    if request.method != "POST":
        return render_template("budget_office/rule.html", errors={}, **values)
    try:
        service.choose_rule(g.me.actor, poll, chosen)
    except Refusal as refusal:
        return show_again(refusal, "budget_office/rule.html", "rule", **values)
    return _done(slug, "rule")


@blueprint.route("/office/budgets/<slug>/who", methods=["GET", "POST"])
@allow(Role.OFFICER)
def who(slug: str) -> str | Response:
    """Who may vote: whoever has confirmed an address, those on the census lists, or those in a version of a segment."""
    poll = queries.get_poll(slug, drafts=True)
    template, values = "budget_office/who.html", forms.who_fields(poll.process.who_may_vote)
    if request.method != "POST":
        return render_template(template, errors={}, poll=poll, values=values, **_answers(poll))
    try:
        service.set_who(g.me.actor, poll.process, forms.read_who(request.form))
    except Refusal as refusal:
        db.session.rollback()
        poll = queries.get_poll(slug, drafts=True)
        return show_again(refusal, template, "who", poll=poll, values=request.form, **_answers(poll))
    return _done(slug, "who")


@blueprint.get("/office/budgets/<slug>/projects/<int:project_id>/withdrawal")
@allow(Role.OFFICER)
def ask_withdrawal(slug: str, project_id: int) -> str:
    """Ask once more: whoever chose the project has chosen one less."""
    poll = queries.get_poll(slug, drafts=True)
    project = queries.get_project(poll, project_id)
    found = steps.about_withdrawal(
        in_language(project.title, languages.current()), ballots.count(poll.process.id).roll
    )
    return _ask(poll, found, url_for("budget_office.withdraw", slug=slug, project_id=project_id))


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
    return render_template("budget_office/projects.html", poll=queries.get_poll(slug, drafts=True))


def _done(slug: str, what: str) -> Response:
    """Keep it, and say so on the page of the tasks."""
    db.session.commit()
    return redirect(url_for("budget_office.set_up", slug=slug, done=what), 303)


def _ask(
    poll: Poll, found: steps.Question, action: str, kept: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The page that asks once more; `kept`: the fields of a form that goes on from there."""
    fields = {name: value for name, value in kept.items() if name != "csrf_token"}
    return render_template("budget_office/ask.html", poll=poll, question=found, action=action, fields=fields)


def _set_up(poll: Poll, refusal: str = "") -> str:
    stage = processes.stage_of(poll.process)
    return render_template(
        "budget_office/set_up.html",
        poll=poll,
        stage=stage,
        tasks=tasks.list_tasks(poll, stage),
        is_counted=bool(results.load_results(poll)),
        refusal=refusal,
        done=steps.done(request.args.get("done", "")),
        voters=ballots.count(poll.process.id).roll,
        balloting=find_balloting(poll.process.spans),
    )


def _answers(poll: Poll) -> dict[str, list[Any]]:
    """The segments that can say who may vote, as choices, and the names of those that cannot; the census lists."""
    fit, unfit = eligibility.list_fit(poll.process.who_may_vote.segment)
    choices = [(str(Who(segment=one.pin)), one, words) for one, words in fit]
    lists = [(str(number), name) for number, name in census.list_names().items()]
    return {"segments": choices, "unfit": unfit, "lists": lists}


def _rules(poll: Poll) -> list[tuple[str, str, str]]:
    return [
        (name, wording.rule_name(name), wording.how_it_counts(name, poll.budget.meta))
        for name in RULES
        if name != "greedy-threshold" or poll.budget.meta.get("min_project_score_threshold")
    ]
