"""The first page of the site: what one can do now, until when, and what became of what was asked before."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, render_template
from flask_babel import gettext

from app.core import languages
from app.core.policy import Role, allow
from app.core.shared_cache import shared
from app.processes import queries, rules
from app.processes.models import Process
from app.processes.rules import Stage

blueprint = Blueprint("processes", __name__, template_folder="templates")

GROUPS = (Stage.OPEN, Stage.COMING, Stage.CLOSED, Stage.FINISHED)


@blueprint.get("/")
@allow(Role.ANYONE)
@shared
def home() -> str:
    """Open, coming, and finished processes."""
    groups: dict[Stage, list[Process]] = {stage: [] for stage in GROUPS}
    for process in queries.list_processes(published=True):
        groups[queries.stage_of(process)].append(process)
    return render_template("processes/home.html", groups=groups, Stage=Stage)


@blueprint.app_template_filter("local")
def local(texts: Mapping[str, str]) -> str:
    """The text of `{language: text}` in the language of the page, or in the nearest there is."""
    return rules.in_language(texts, languages.current(), current_app.config["CIVIC"].languages[0])


@blueprint.app_template_global("kind_name")
def kind_name(kind: str) -> str:
    """A kind of process in words."""
    return {"budget": gettext("Participatory budget")}.get(kind, kind)


@blueprint.app_template_global("stage_name")
def stage_name(stage: Stage) -> str:
    """A stage in one or two words."""
    return {
        Stage.DRAFT: gettext("Draft"),
        Stage.COMING: gettext("Coming"),
        Stage.OPEN: gettext("Open now"),
        Stage.CLOSED: gettext("Counting"),
        Stage.FINISHED: gettext("Results"),
    }[stage]


@blueprint.app_template_global("stage_tone")
def stage_tone(stage: Stage) -> str:
    """The tone of a stage's tag."""
    tones = {Stage.OPEN: "open", Stage.COMING: "soon", Stage.CLOSED: "soon", Stage.FINISHED: "done"}
    return tones.get(stage, "quiet")
