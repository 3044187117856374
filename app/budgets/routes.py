"""Pages for everyone: where a budget begins, its projects, its results."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request, send_file, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from app.ballots import queries as ballots
from app.budgets import pictures, queries, results, wording
from app.budgets.listing import Listing
from app.budgets.models import Project
from app.budgets.queries import Poll
from app.core.errors import NotFound
from app.core.policy import Role, allow, me
from app.core.shared_cache import shared
from app.processes import queries as processes
from app.processes.rules import Stage

blueprint = Blueprint("budgets", __name__, template_folder="templates")


@blueprint.get("/budgets/<slug>")
@allow(Role.ANYONE)
@shared
def start(slug: str) -> str:
    """Who may take part, what you need, how long it takes, until when, how it will be counted."""
    poll = _visible(slug)
    return render_template(
        "budgets/start.html",
        poll=poll,
        stage=processes.stage_of(poll.process),
        Stage=Stage,
        has_voted=_has_voted(poll),
        check=ballots.find_check(poll.process.id),
        how_to_choose=wording.how_to_choose(poll),
        how_it_counts=wording.how_it_counts(poll.budget.rule, poll.budget.meta),
        who_may_vote=wording.who_may_vote(poll.process.who_may_vote),
    )


@blueprint.get("/budgets/<slug>/projects")
@allow(Role.ANYONE)
@shared
def projects(slug: str) -> str:
    """The projects, as a list or as a table to compare."""
    poll = _visible(slug)
    template = "budgets/compare.html" if request.args.get("view") == "table" else "budgets/projects.html"
    return render_template(
        template,
        poll=poll,
        listing=Listing.of(poll, request.args),
        is_open=processes.takes_ballots(poll.process),
        has_voted=_has_voted(poll),
    )


@blueprint.get("/budgets/<slug>/projects/<int:project_id>")
@allow(Role.ANYONE)
@shared
def project(slug: str, project_id: int) -> str:
    """One project."""
    poll = _visible(slug)
    return render_template(
        "budgets/project.html",
        poll=poll,
        project=queries.get_project(poll, project_id),
        is_open=processes.takes_ballots(poll.process),
        has_voted=_has_voted(poll),
    )


@blueprint.get("/budgets/<slug>/pictures/<int:project_id>")
@allow(Role.ANYONE)
def picture(slug: str, project_id: int) -> Response:
    """The picture of a project."""
    poll = _visible(slug)
    file = pictures.find_file(queries.get_project(poll, project_id).picture)
    if file is None:
        raise NotFound
    is_public = poll.process.published_at is not None and me() is None
    answer = send_file(file, mimetype=pictures.TYPES[file.suffix], max_age=3600 if is_public else None)
    if not is_public:
        answer.headers["Cache-Control"] = "private, no-cache"
    answer.vary.add("Cookie")
    answer.headers["Content-Security-Policy"] = pictures.POLICY
    return answer


@blueprint.get("/budgets/<slug>/results")
@allow(Role.ANYONE)
@shared
def result(slug: str) -> str:
    """The decision: which projects are funded, and why; officers see it before it is published."""
    poll = _counted(slug)
    found = results.load_results(poll)
    official = found[0]
    return render_template(
        "budgets/results.html",
        poll=poll,
        official=official,
        others=found[1:],
        rows=results.rows_of(poll, official),
        spent_cents=results.spent_cents(official),
        served_percent=results.served_percent(official),
        days=wording.days(ballots.count_by_day(poll.process.id)),
        rule_words=wording.how_it_counts(official.rule, poll.budget.meta),
        wording=wording,
        results=results,
    )


@blueprint.get("/budgets/<slug>/box.pb")
@allow(Role.ANYONE)
def export(slug: str) -> Response:
    """All ballots of the closed box as a .pb file, so that everyone can count again."""
    answer = results.export_of(_counted(slug)).answer("text/plain")
    answer.headers["Content-Disposition"] = f"attachment; filename={slug}.pb"
    return answer


def _has_voted(poll: Poll) -> bool:
    return me() is not None and ballots.has_voted(poll.process.id, g.me.id)


@blueprint.app_template_global("picture_url")
def picture_url(poll: Poll, project: Project) -> str | None:
    """The address of a project's picture, None where it has none."""
    return (
        url_for("budgets.picture", slug=poll.process.slug, project_id=project.id) if project.picture else None
    )


def _visible(slug: str) -> Poll:
    return queries.get_poll(slug, drafts=_is_officer())


def _counted(slug: str) -> Poll:
    poll = _visible(slug)
    is_out = poll.process.results_at is not None or _is_officer()
    if not is_out or not results.load_results(poll):
        raise NotFound(gettext("The results are not out yet."))
    return poll


def _is_officer() -> bool:
    caller = me()
    return caller is not None and caller.role >= Role.OFFICER
