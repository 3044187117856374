"""What officers and administrators did, as a chain in which no link can be changed unseen (guarantees I7)."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core import clock
from app.core.db import Base, Instant, db


class AuditEntry(Base):
    """One act. `link` is SHA-256 over the previous link and this entry's own content."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str]
    act: Mapped[str]
    subject: Mapped[str]
    detail: Mapped[str]
    link: Mapped[str] = mapped_column(unique=True)


def record(actor: str, act: str, subject: str, **detail: Any) -> None:
    """Add an act to the chain, in the transaction of the change itself.

    `actor` is `person:ID`, `person:ID for association:ID`, `shell`, `worker`, or `register` (the one elsewhere); `act` a verb
    such as `process.open`; `subject` such as `process:7`.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('civic.audit'))"))
    last = db.session.scalar(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1))
    entry = AuditEntry(
        at=clock.now(),
        actor=actor,
        act=act,
        subject=subject,
        detail=_written(detail),
    )
    entry.link = _link(last.link if last else "", entry)
    db.session.add(entry)
    db.session.flush()


def find_subject(act: str, **detail: Any) -> str | None:
    """To what an act with just this detail was done last."""
    found = select(AuditEntry.subject).where(AuditEntry.act == act, AuditEntry.detail == _written(detail))
    return db.session.scalar(found.order_by(AuditEntry.id.desc()).limit(1))


def _written(detail: dict[str, Any]) -> str:
    return json.dumps(detail, sort_keys=True, default=str)


def find_break() -> int | None:
    """Id of the first entry that does not follow from the one before it, or None when the chain is whole."""
    before = ""
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id).execution_options(yield_per=1000))
    with closing(entries):
        for entry in entries:
            if entry.link != _link(before, entry):
                return entry.id
            before = entry.link
    return None


def _link(before: str, entry: AuditEntry) -> str:
    content = [before, entry.at.isoformat(), entry.actor, entry.act, entry.subject, entry.detail]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
