"""The use case of officers: switch a kind of letter on or off."""

from __future__ import annotations

from app.automatic_letters.models import Switch
from app.automatic_letters.rules import Kind
from app.core import audit, clock
from app.core.db import db


def switch(actor: str, kind: Kind, *, is_on: bool) -> None:
    """Write letters of a kind from now on, or none. What is so already stays, with its date."""
    row = db.session.get(Switch, kind)
    if (row is None or row.is_on) is is_on:
        return
    if row is None:
        row = Switch(kind=kind)
        db.session.add(row)
    row.is_on, row.changed_by, row.changed_at = is_on, actor, clock.now()
    db.session.flush()
    audit.record(actor, "mailing.switch", f"mailings:{kind}", on=is_on)
