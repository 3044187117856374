"""Reads: a budget with its projects and limits, and its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import current_app
from markupsafe import Markup
from sqlalchemy import select

from app.budgets import rules
from app.budgets.models import Budget, Project, Result
from app.budgets.rules import Candidate, Limits
from app.core.db import db
from app.core.errors import NotFound
from app.processes import queries as processes
from app.processes.models import Process


class Snapshot:
    """The projects of one revision of a budget, kept in memory: they are on every page and on the way of every vote.

    `projects` are detached and only read. `rows` keeps their HTML by the page and language it is for; nothing personal is in it.
    """

    def __init__(self, budget: Budget, projects: list[Project]) -> None:
        self.revision = budget.revision
        self.projects = projects
        self.by_id = {project.id: project for project in projects}
        self.candidates = {project.id: project.candidate for project in projects}
        eligible = sum(1 for project in projects if project.is_eligible)
        self.limits = rules.limits_of(budget.vote_type, budget.meta, eligible)
        self.rows: dict[str, dict[int, Markup]] = {}


@dataclass(frozen=True)
class Poll:
    """A budget as a whole: the process, the money, the projects in the order of the list."""

    process: Process
    budget: Budget
    snapshot: Snapshot

    @property
    def projects(self) -> list[Project]:
        """The projects in the order of the list."""
        return self.snapshot.projects

    @property
    def by_id(self) -> Mapping[int, Project]:
        """The projects by id."""
        return self.snapshot.by_id

    @property
    def limits(self) -> Limits:
        """How a ballot may be filled in."""
        return self.snapshot.limits

    @property
    def candidates(self) -> Mapping[int, Candidate]:
        """The projects as far as a ballot needs them, by id, in the order of the list."""
        return self.snapshot.candidates

    def rows(self, page: str) -> dict[int, Markup]:
        """What is kept of the projects' HTML for this page."""
        return self.snapshot.rows.setdefault(page, {})


def get_poll(slug: str, *, drafts: bool = False) -> Poll:
    """The budget of that address. Raises: NotFound.

    With `drafts` unpublished ones too, and with projects that can be changed.
    """
    if drafts:
        return load(processes.get_process(slug), to_change=True)
    return load(processes.get_published(slug))


def load(process: Process, *, to_change: bool = False) -> Poll:
    """The budget of that process. Raises: NotFound when the process is of another kind."""
    budget = db.session.get(Budget, process.id)
    if budget is None:
        raise NotFound
    if to_change:
        return Poll(process, budget, Snapshot(budget, _list_projects(process.id)))
    kept: dict[int, Snapshot] = current_app.extensions.setdefault("civic.budgets", {})
    if process.id not in kept or kept[process.id].revision != budget.revision:
        projects = _list_projects(process.id)
        for project in projects:
            db.session.expunge(project)
        kept[process.id] = Snapshot(budget, projects)
    return Poll(process, budget, kept[process.id])


def _list_projects(process_id: int) -> list[Project]:
    return list(
        db.session.scalars(select(Project).where(Project.process_id == process_id).order_by(Project.position))
    )


def get_project(poll: Poll, project_id: int) -> Project:
    """One of the projects. Raises: NotFound, for projects of other budgets too."""
    if project_id not in poll.by_id:
        raise NotFound
    return poll.by_id[project_id]


def list_results(process_id: int) -> list[Result]:
    """The results, the official one first."""
    return list(
        db.session.scalars(
            select(Result)
            .where(Result.process_id == process_id)
            .order_by(Result.is_official.desc(), Result.rule)
        )
    )


def list_uncounted() -> list[int]:
    """Processes whose box is closed and not counted."""
    return list(
        db.session.scalars(
            select(Budget.process_id)
            .join(Process, Process.id == Budget.process_id)
            .where(Process.box_closed_at.is_not(None))
            .where(~select(Result.rule).where(Result.process_id == Budget.process_id).exists())
        )
    )
