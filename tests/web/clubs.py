"""Associations for tests: on the register, with delegates, and what a form about one says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import Flask

from app.associations import service
from app.associations.models import Association, AssociationMember
from app.associations.rules import Description, Standing
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from tests.web.callers import person_of, signed_in
from tests.web.forms import token_of

FORM = {
    "name": "Green Hands",
    "purpose": "We garden behind the station.\r\nCome on Saturdays.",
    "theme": "nature",
    "district": "Station Quarter",
    "number": "W751234567",
    "statutes_on-day": "4",
    "statutes_on-month": "3",
    "statutes_on-year": "1998",
    "size": "42",
    "email": "green@hands.example",
    "phone": "+33 4 00 00 00 00",
    "website": "https://hands.example/garden?a=1&b=2",
    "member": "Zoë Peña",
}


def register(app: Flask, name: str = "Green Hands", due_in: int = 200, **more: Any) -> int:
    """Put an association on the register; returns its number."""
    with app.app_context(), app.test_request_context("/en/"):
        told: dict[str, Any] = {"purpose": "We garden.", "theme": "nature", **more}
        made = service.add("shell", Description(name, **told), clock.today() + timedelta(days=due_in))
        db.session.commit()
        return made.id


def join(app: Flask, association_id: int, email: str, standing: Standing = Standing.DELEGATE) -> int:
    """Make the person of this address something in the association; returns the person's number."""
    person = person_of(app, email)
    with app.app_context():
        name = email.partition("@")[0].title()
        member = AssociationMember(
            association_id=association_id, person_id=person, standing=standing, name=name
        )
        member.since_at = clock.now()
        db.session.add(member)
        db.session.commit()
    return person


def let_be_due(app: Flask, association_id: int, days: int) -> None:
    """Let the renewal be due in so many days; fewer than none is past."""
    with app.app_context():
        db.session.get_one(Association, association_id).due_on = clock.today() + timedelta(days=days)
        db.session.commit()


def standing(app: Flask, association_id: int, person_id: int) -> str | None:
    """What the person is in the association."""
    with app.app_context():
        found = db.session.get(AssociationMember, (association_id, person_id))
        return found.standing if found else None


def write_hostile(app: Flask, corpus: Sequence[str]) -> None:
    """Two associations with hostile words in every field, one registered, with a delegate of each role, and a file of such."""
    zoe = signed_in(app, "zoe@valclair.example")
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    token, other = {"csrf_token": token_of(zoe)}, {"csrf_token": token_of(officer)}
    words = ["".join(corpus[:3])[:120], corpus[6], corpus[4], corpus[7], "".join(corpus[:9])[:900]]
    form = FORM | {
        "district": corpus[1],
        "number": corpus[3],
        "phone": corpus[2],
        "member": corpus[0],
        "purpose": words[4],
        "website": "",
    }
    for name in (words[0], corpus[5]):
        answer = zoe.post("/en/associations/application", data=form | token | {"name": name})
        assert answer.status_code == 303
    desk = "/en/office/associations"
    assert officer.post(f"{desk}/1/validate", data=other).status_code == 303
    for role in ("resident", "officer", "administrator"):
        join(app, 1, f"{role}@example.org")
    eve = signed_in(app, "eve@valclair.example")
    asked = eve.post("/en/associations/1/requests", data={"member": corpus[4], "csrf_token": token_of(eve)})
    assert asked.status_code == 303
    day = {"decided_on-day": "1", "decided_on-month": "1", "decided_on-year": "2026"}
    spent = {"year": "2026", "amount": "5", "grant_purpose": words[4], **day}
    assert officer.post(f"{desk}/1/grant", data=spent | other).status_code == 303
    rows = [
        "Name;<script>alert(1)</script>;Theme",
        *(f'"{text[:100].replace(chr(34), chr(34) * 2)}";x;y' for text in corpus),
    ]
    file = {"file": (BytesIO("\n".join(rows).encode()), corpus[0])}
    assert officer.post(f"{desk}/file", data=file | other).status_code == 303
