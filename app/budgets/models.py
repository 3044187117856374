"""Tables of budgets: the money, the projects, and what the count made of the box."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Float, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.budgets.rules import Candidate
from app.core.db import Base


class Budget(Base):
    """The money of a process and how it is shared out. `meta` is META of the .pb file: limits and parameters of the rule.

    `revision` grows with every change of the budget or its projects: what is kept of them in memory is good for one revision.
    """

    __tablename__ = "budgets"
    __table_args__ = (CheckConstraint("total_cents >= 0", name="total"),)

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    total_cents: Mapped[int] = mapped_column(BigInteger)
    vote_type: Mapped[str]
    rule: Mapped[str]
    meta: Mapped[dict[str, str]] = mapped_column(JSON)
    votes_left_out: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)


class Project(Base):
    """Something that may be funded. `ref` is its id in .pb files; `position` its place in the list, which decides ties."""

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("process_id", "ref"),
        CheckConstraint("cost_cents >= 0", name="cost"),
        CheckConstraint("feasibility IN ('undecided', 'feasible', 'unfeasible')", name="feasibility"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"))
    position: Mapped[int]
    ref: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    description: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    category: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    district: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    cost_cents: Mapped[int] = mapped_column(BigInteger)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    picture: Mapped[str] = mapped_column(default="")
    feasibility: Mapped[str] = mapped_column(default="feasible")
    explanation: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    extra: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    @property
    def is_eligible(self) -> bool:
        """Whether ballots may name the project."""
        return self.feasibility == "feasible" and not self.is_withdrawn

    @property
    def candidate(self) -> Candidate:
        """The project as far as a ballot needs it."""
        return Candidate(self.id, self.ref, self.cost_cents, self.is_eligible)


class Result(Base):
    """What one rule made of the closed box, as `results.to_stored` writes it. One rule of a process is the official one."""

    __tablename__ = "budget_results"

    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"), primary_key=True)
    rule: Mapped[str] = mapped_column(primary_key=True)
    is_official: Mapped[bool]
    outcome: Mapped[dict[str, Any]] = mapped_column(JSON)
