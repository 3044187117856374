"""Telephone and postal address: noted by officers, read back as typed, found by the person, gone with them."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import audit
from app.core.db import db
from app.core.policy import Role
from app.people import consent, reach
from app.people.consent import Way
from app.people.models import OtherContactPoint
from app.people.purposes import PURPOSES
from app.people.rules import clean_phone, clean_postal
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token_of
from tests.web.leavers import erase_all, let_pass


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (" +33 4.75-00/00 00 ", "+33 4 75 00 00 00"), ("(04) 75000000", "04 75000000"), ("  ", ""), ("12345", None),
        ("1234567890123456", None), ("four", None), ("٠١٢٣٤٥٦٧", None), ("+33+475000000", None), ("9" * 5000, None),
    ],
)  # fmt: skip
def test_a_telephone_number_is_read_however_it_is_spaced(typed: str, read: str | None) -> None:
    assert clean_phone(typed) == read


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("3  rue du Puits\r\n\r\n26100 Valclair ", "3 rue du Puits\n26100 Valclair"), ("", ""), ("x" * 61, None),
        ("\n".join("abcdefg"), None), ("3 rue\x00", None), ("x" * 1001, None),
    ],
)  # fmt: skip
def test_a_postal_address_keeps_its_lines(typed: str, read: str | None) -> None:
    assert clean_postal(typed) == read


def test_people_note_and_take_away_their_own_and_it_changes_no_consent(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org"), person_of(app, "ana@example.org")
    where = "/en/account/reach"
    assert f'href="{where}"' in page(client.get("/en/account"))
    with app.app_context():
        consent.give(her, PURPOSES[0], Way("page", "en"))
        db.session.commit()
    html = page(send(client, where, where, phone="four", postal="x" * 61), 422)
    assert 'href="#phone"' in html
    assert 'href="#postal"' in html
    assert 'value="four"' in html
    typed = {"phone": "+33 4 75 00 00 00", "postal": "3 rue <b>du Puits</b>\n26100 Valclair"}
    answer = send(client, where, where, **typed)
    assert answer.location == f"{where}?saved=yes"
    assert "3 rue &lt;b&gt;du Puits&lt;/b&gt;\n26100 Valclair" in page(client.get(answer.location)).replace(
        "\r", ""
    )
    held = json.loads(client.get("/en/account/data.json").text)
    assert str(held).count("26100 Valclair") == 1
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    assert "26100 Valclair" in page(officer.get(f"/en/office/people/{her}/reach"))
    other = signed_in(app, "eve@example.org")
    assert "Puits" not in page(other.get(where))
    assert send(client, where, where, phone="", postal=typed["postal"]).status_code == 303
    with app.app_context():
        assert reach.reach(her) == {"postal": typed["postal"]}
        assert consent.is_given(her, PURPOSES[0].key)
        acts = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == "person.reach"))
        assert {one.actor for one in acts} == {f"person:{her}"}
        assert db.session.scalars(select(OtherContactPoint.noted_by)).all() == ["self"]
    answer = client.post(
        "/en/account/erasure", data={"typed": "ana@example.org", "csrf_token": token_of(client)}
    )
    assert answer.status_code == 303
    let_pass(app)
    erase_all(app)
    with app.app_context():
        assert reach.reach(her) == {}


def test_officers_note_it_and_the_person_finds_it(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org"), person_of(app, "ana@example.org")
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    where = f"/en/office/people/{her}/reach"
    assert f'href="{where}"' in page(officer.get(f"/en/office/people/{her}"))
    html = page(send(officer, where, where, phone="four", postal="x" * 61), 422)
    assert 'href="#phone"' in html
    assert 'href="#postal"' in html
    assert 'value="four"' in html
    typed = {"phone": "+33 4 75 00 00 00", "postal": "3 rue <b>du Puits</b>\n26100 Valclair"}
    for _ in range(2):
        assert send(officer, where, where, **typed).status_code == 303
    html = page(officer.get(where))
    assert "3 rue &lt;b&gt;du Puits&lt;/b&gt;\n26100 Valclair" in html.replace("\r", "")
    assert "du Puits&lt;/b&gt;, 26100 Valclair" in page(officer.get(f"/en/office/people/{her}"))
    assert "26100 Valclair" in client.get("/en/account/data.json").text
    assert send(officer, where, where, phone="", postal=typed["postal"]).status_code == 303
    with app.app_context():
        assert reach.reach(her) == {"postal": typed["postal"]}
        acts = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act == "person.reach"))
        assert [one.detail for one in acts] == ['{"kinds": ["phone", "postal"]}', '{"kinds": ["phone"]}']
    eve = signed_in(app, "eve@example.org")
    assert eve.get(where).status_code == 403
    assert eve.post(where, data={"phone": "123456", "csrf_token": token_of(eve)}).status_code == 403
