"""Notes about people: officers write and take away; the person reads them in their data; they go with the person."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from app.core import audit
from app.core.db import db
from app.core.policy import Role
from app.people import notes
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token_of


def test_a_note_is_written_read_by_its_person_and_taken_away(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org"), person_of(app, "ana@example.org")
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    where = f"/en/office/people/{her}/notes"
    assert f'href="{where}"' in page(officer.get(f"/en/office/people/{her}"))
    for wrong in ("  ", "x" * 1001):
        html = page(send(officer, where, where, text=wrong), 422)
        assert "at most 1000 letters" in html
        assert wrong.strip() in html
    assert send(officer, where, where, text=" Call <b>in the morning</b> ").status_code == 303
    assert "Call &lt;b&gt;in the morning" in page(officer.get(where))
    assert "in the morning" in client.get("/en/account/data.json").text
    assert send(officer, f"{where}/1/removal", where).status_code == 303
    with app.app_context():
        assert notes.list_notes(her) == []
        acts = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act.like("person.%note")))
        assert [(one.act, one.detail) for one in acts] == [
            ("person.note", '{"note": 1}'),
            ("person.unnote", '{"note": 1}'),
        ]


def test_a_note_is_reached_through_its_own_person_only(app: Flask) -> None:
    her, him = (person_of(app, f"{name}@example.org") for name in ("ana", "bo"))
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    where = f"/en/office/people/{her}/notes"
    send(officer, where, where, text="Hers")
    assert send(officer, f"/en/office/people/{him}/notes/1/removal", where).status_code == 303
    resident = signed_in(app, "bo@example.org")
    assert resident.get(where).status_code == 403
    assert resident.post(where, data={"text": "x", "csrf_token": token_of(resident)}).status_code == 403
    assert "Hers" not in resident.get("/en/account/data.json").text
    with app.app_context():
        assert [one.text for one in notes.list_notes(her)] == ["Hers"]
        assert notes.list_notes(him) == []
