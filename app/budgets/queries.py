"""Reads: a budget with its projects and limits, and its results."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app
from markupsafe import Markup
from sqlalchemy import bindparam, select

from app.budgets import rules
from app.budgets.models import Budget, Project, Result
from app.budgets.rules import Candidate, Limits
from app.core.db import ask, db
from app.core.errors import NotFound
from app.processes import queries as processes
from app.processes.models import Process

Made = TypeVar("Made")
_BUDGET = Budget.__table__.c
_REVISION = select(_BUDGET.revision).where(_BUDGET.process_id == bindparam("process"))
_STATE = processes.STATE.add_columns(
    select(_BUDGET.revision).where(_BUDGET.process_id == Process.__table__.c.id).scalar_subquery()
)


class Snapshot:
    """One revision of a budget with its projects, kept in memory: they are on every page and on the way of every vote.

    `budget` and `projects` are detached and only read. `kept` holds what pages made of them; nothing personal is in it.
    """

    def __init__(self, budget: Budget, projects: list[Project]) -> None:
        self.budget = budget
        self.projects = projects
        self.by_id = {project.id: project for project in projects}
        self.candidates = {project.id: project.candidate for project in projects}
        eligible = sum(1 for project in projects if project.is_eligible)
        self.limits = rules.limits_of(budget.vote_type, budget.meta, eligible)
        self.kept: dict[str, Any] = {}


@dataclass(frozen=True)
class Poll:
    """A budget as a whole: the process, the money, the projects in the order of the list."""

    process: Process
    snapshot: Snapshot

    @property
    def budget(self) -> Budget:
        """The money and how it is shared out."""
        return self.snapshot.budget

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

    def kept(self, name: str, make: Callable[[], Made]) -> Made:
        """What `make` makes of this revision, made once; `name` says for which page and language."""
        if name not in self.snapshot.kept:
            self.snapshot.kept[name] = make()
        found: Made = self.snapshot.kept[name]
        return found

    def rows(
        self, page: str, projects: Iterable[Project], own: Container[int], make: Callable[[Project], Markup]
    ) -> Markup:
        """The projects' HTML for this page, kept but for those in `own`, in which something is the voter's own."""
        kept: dict[int, Markup] = self.kept(f"rows:{page}", dict)
        made = []
        for project in projects:
            if project.id in own:
                made.append(make(project))
            else:
                made.append(kept.get(project.id) or kept.setdefault(project.id, make(project)))
        return Markup("\n").join(made)


def get_poll(slug: str, *, drafts: bool = False) -> Poll:
    """The budget of that address. Raises: NotFound.

    With `drafts` unpublished ones too, and with projects that can be changed.
    """
    if drafts:
        return load(processes.get_process(slug), to_change=True)
    rows = ask(_STATE, {"slug": slug}).all()
    process = processes.read_published(rows)
    return Poll(process, _kept(process.id, rows[0][-1]))


def load(process: Process, *, to_change: bool = False) -> Poll:
    """The budget of that process. Raises: NotFound when the process is of another kind."""
    revision = ask(_REVISION, {"process": process.id}).scalar()
    if revision is None:
        raise NotFound
    return Poll(process, _read(process.id) if to_change else _kept(process.id, revision))


def _kept(process_id: int, revision: int | None) -> Snapshot:
    if revision is None:
        raise NotFound
    kept: dict[int, Snapshot] = current_app.extensions.setdefault("civic.budgets", {})
    if process_id not in kept or kept[process_id].budget.revision != revision:
        made = _read(process_id)
        for row in (made.budget, *made.projects):
            db.session.expunge(row)
        kept[process_id] = made
    return kept[process_id]


def _read(process_id: int) -> Snapshot:
    budget = db.session.get_one(Budget, process_id)
    wanted = select(Project).where(Project.process_id == process_id).order_by(Project.position)
    return Snapshot(budget, list(db.session.scalars(wanted)))


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


def list_counted() -> list[int]:
    """Processes whose box is counted."""
    return list(db.session.scalars(select(Result.process_id).where(Result.is_official)))


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
