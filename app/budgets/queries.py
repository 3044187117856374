"""Reads: a budget with its projects and limits, and its results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from app.budgets import rules
from app.budgets.models import Budget, Project, Result
from app.budgets.rules import Candidate, Limits
from app.core.db import db
from app.core.errors import NotFound
from app.processes import queries as processes
from app.processes.models import Process


@dataclass
class Poll:
    """A budget as a whole: the process, the money, the projects in the order of the list."""

    process: Process
    budget: Budget
    projects: list[Project]

    @cached_property
    def limits(self) -> Limits:
        """How a ballot may be filled in."""
        eligible = sum(1 for project in self.projects if project.is_eligible)
        return rules.limits_of(self.budget.vote_type, self.budget.meta, eligible)

    @cached_property
    def candidates(self) -> Mapping[int, Candidate]:
        """The projects as far as a ballot needs them, by id, in the order of the list."""
        return {project.id: project.candidate for project in self.projects}

    @cached_property
    def by_id(self) -> Mapping[int, Project]:
        """The projects by id."""
        return {project.id: project for project in self.projects}


def get_poll(slug: str, *, drafts: bool = False) -> Poll:
    """The budget of that address; unpublished ones only with `drafts`. Raises: NotFound."""
    return load(processes.get_process(slug) if drafts else processes.get_published(slug))


def load(process: Process) -> Poll:
    """The budget of that process. Raises: NotFound when the process is of another kind."""
    budget = db.session.get(Budget, process.id)
    if budget is None:
        raise NotFound
    projects = db.session.scalars(
        select(Project).where(Project.process_id == process.id).order_by(Project.position)
    )
    return Poll(process, budget, list(projects))


def load_ballot_facts(process_id: int) -> tuple[Limits, Mapping[int, Candidate]]:
    """What a ballot is checked against, without titles and texts: this is on the way of every vote."""
    budget = db.session.get_one(Budget, process_id)
    rows = db.session.execute(
        select(Project.id, Project.ref, Project.cost_cents, Project.feasibility, Project.is_withdrawn)
        .where(Project.process_id == process_id)
        .order_by(Project.position)
    )
    candidates = {
        row.id: Candidate(
            row.id, row.ref, row.cost_cents, row.feasibility == "feasible" and not row.is_withdrawn
        )
        for row in rows
    }
    eligible = sum(1 for one in candidates.values() if one.is_eligible)
    return rules.limits_of(budget.vote_type, budget.meta, eligible), candidates


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
