"""Tables of processes and their phases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, Instant
from app.processes.rules import Span, Standing, Who


class Process(Base):
    """A question to residents. Texts are `{language: text}`; `who` names the rule that says who may take part."""

    __tablename__ = "processes"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    title: Mapped[dict[str, str]] = mapped_column(JSON)
    question: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    summary: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    promise: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    channels: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    outcome: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    who: Mapped[str] = mapped_column(default="confirmed-address")
    currency: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)
    box_closed_at: Mapped[datetime | None] = mapped_column(Instant)
    results_at: Mapped[datetime | None] = mapped_column(Instant)
    phases: Mapped[list[Phase]] = relationship(
        order_by="Phase.starts_at", cascade="all, delete-orphan", lazy="joined"
    )

    @property
    def who_may_vote(self) -> Who:
        """Who may take part."""
        return Who.of(self.who)

    @property
    def spans(self) -> list[Span]:
        """The phases as plain intervals."""
        return [Span(phase.kind, phase.starts_at, phase.ends_at) for phase in self.phases]

    @property
    def standing(self) -> Standing:
        """The facts that decide the stage."""
        return Standing(
            published=self.published_at is not None,
            box_closed=self.box_closed_at is not None,
            results_published=self.results_at is not None,
        )


class Phase(Base):
    """A half-open interval of a process."""

    __tablename__ = "phases"
    __table_args__ = (
        UniqueConstraint("process_id", "kind"),
        CheckConstraint("starts_at < ends_at", name="runs_forward"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    process_id: Mapped[int] = mapped_column(ForeignKey("processes.id"))
    kind: Mapped[str]
    starts_at: Mapped[datetime] = mapped_column(Instant)
    ends_at: Mapped[datetime] = mapped_column(Instant)
