"""People with the tag "jury", and the segment of them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.core.db import db
from app.people import service as people
from app.people import tags
from app.segment_builder import service
from app.segments import rules
from tests.web.voters import make_people


def tagged(app: Flask, number: int, name: str = "") -> list[int]:
    """People with the tag "jury"; inside no app context."""
    with app.app_context():
        ids = make_people(number)
        for one in ids:
            person = people.get_person(one)
            people.confirm_address(person, person.contact_points[0].address)
            people.describe(person, name, "en")
            tags.tag("shell", person, "Jury")
        db.session.commit()
        return ids


def saved(app: Flask, raw: dict[str, Any] | None = None, name: str = "The jury") -> int:
    """A segment, saved."""
    with app.app_context(), app.test_request_context("/en/"):
        rule = rules.parse(raw or {"field": "tag", "relation": "has", "tag": "jury"})
        made = service.create("shell", name, "to draw a jury", rule)
        db.session.commit()
        return made.segment.id
