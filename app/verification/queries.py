"""Reads: what an account is on a list, requests that wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.core.db import db
from app.people.models import Person
from app.verification.models import CorrectionRequest, FailedCheck


@dataclass(frozen=True)
class Waiting:
    """A request with what an officer needs to judge it."""

    request: CorrectionRequest
    name: str
    failed_checks: int


def list_requests(*, answered: bool, most: int = 100) -> Sequence[Waiting]:
    """Requests that wait, the oldest first; or those that were answered, the newest first."""
    failed = (
        select(func.count()).where(FailedCheck.person_id == CorrectionRequest.person_id).scalar_subquery()
    )
    found = select(CorrectionRequest, Person.display_name, failed).join(
        Person, Person.id == CorrectionRequest.person_id
    )
    if answered:
        found = found.where(CorrectionRequest.answered_at.is_not(None)).order_by(
            CorrectionRequest.answered_at.desc()
        )
    else:
        found = found.where(CorrectionRequest.answered_at.is_(None)).order_by(CorrectionRequest.id)
    return [Waiting(*row) for row in db.session.execute(found.limit(most))]


def count_waiting() -> int:
    """How many requests wait."""
    asked = select(func.count()).select_from(CorrectionRequest)
    return db.session.scalar(asked.where(CorrectionRequest.answered_at.is_(None))) or 0


def has_failed_since(person_id: int, since: datetime) -> bool:
    """Whether a check of the person found nobody since then."""
    failed = select(FailedCheck.id).where(FailedCheck.person_id == person_id, FailedCheck.at >= since)
    return db.session.scalar(failed.limit(1)) is not None


def find_request(person_id: int) -> CorrectionRequest | None:
    """The newest request of a person."""
    found = select(CorrectionRequest).where(CorrectionRequest.person_id == person_id)
    return db.session.scalar(found.order_by(CorrectionRequest.id.desc()).limit(1))
