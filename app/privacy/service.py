"""Use cases: close an account for good, erase what names its person, hand a person their data.

Erasure has two steps. The account is closed at once: nobody can sign in, no letter leaves. Some minutes later, when whatever was
in flight has arrived, the worker erases it. While a vote is open in which the person has voted, address and match stay locked:
with the same address or name a second ballot could be cast otherwise.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, update

from app.associations import membership
from app.core import audit, clock
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.people import service as people
from app.people.models import Person
from app.privacy import queries
from app.privacy.errors import HasStaffRole
from app.privacy.holdings import HOLDINGS, AtErasure


def close(actor: str, person: Person) -> None:
    """Close the account and have it erased. Whoever is of the staff loses the role. Raises: LastAdministrator."""
    people.grant_role(person, Role.RESIDENT, actor)
    people.request_deletion(person)
    people.disable(person, actor)
    membership.leave_all(person.id)
    waiting = (OutboxMessage.state == "waiting", func.lower(OutboxMessage.recipient).in_(_addresses(person)))
    db.session.execute(
        update(OutboxMessage).where(*waiting).values(state="cancelled", done_at=clock.now(), text="")
    )


def close_for(actor: str, person: Person) -> None:
    """An officer does it because the person asked. Raises: HasStaffRole."""
    if person.granted_role is not Role.RESIDENT:
        raise HasStaffRole
    close(actor, person)


def erase(person: Person) -> bool:
    """Erase what names the person of a closed account; False while something must wait for an open vote."""
    who, is_last = queries.whose(person.id), not queries.list_open_votes(person.id)
    rules = {AtErasure.DELETE, AtErasure.DELETE_LAST} if is_last else {AtErasure.DELETE}
    for holding in HOLDINGS:
        if holding.at_erasure in rules:
            gone = delete(queries.table_of(holding)).where(queries.is_theirs(holding, who))
            if holding.table == OutboxMessage.__tablename__:
                gone = gone.where(OutboxMessage.state != "sending")
            db.session.execute(gone)
    person.display_name = ""
    if is_last:
        leave_number(person)
        audit.record("worker", "person.erase", f"person:{person.id}")
    db.session.flush()
    db.session.expire_all()
    return is_last


def leave_number(person: Person) -> None:
    """Empty the row of an account but for its number, which rolls and acts go on to name."""
    person.created_at = person.created_at.replace(hour=0, minute=0, second=0, microsecond=0)
    person.sessions_from = person.erased_at = clock.now()
    person.display_name = person.language = ""
    person.deletion_requested_at = person.unused_notice_on = None
    db.session.flush()


def collect(person_id: int, describe: Any) -> dict[str, Any]:
    """Everything that names the person, for a file. `describe(holding)` says in words what a table is and what becomes of it."""
    tables = [
        {
            "table": held.holding.table,
            "named_in": held.holding.column,
            **describe(held.holding),
            "rows": held.rows,
        }
        for held in queries.iter_held(person_id)
    ]
    return {"person": person_id, "made_at": clock.now().isoformat(), "tables": tables}


def _addresses(person: Person) -> list[str]:
    return [point.normalized for point in person.contact_points]
