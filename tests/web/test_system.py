"""The system page: staff see what the host says of itself, and nobody is told that backups are well without a drill."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core import clock
from app.core.policy import Role
from tests.web.callers import browsers, signed_in
from tests.web.conftest import page
from tests.web.host_word import drill, tell


def test_staff_see_it_and_others_do_not(app: Flask, tmp_path: Path) -> None:
    tell(app, tmp_path, drills=[drill(1)])
    for role, client in browsers(app).items():
        answer = client.get("/en/office/system")
        expected = {None: 303, Role.RESIDENT: 403}.get(role, 200)
        assert answer.status_code == expected, role
    assert 'href="/en/office/system"' in page(client.get("/en/office"))


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_drills_stand_in_a_picture_and_in_a_table_beside_it(app: Flask, tmp_path: Path, lang: str) -> None:
    tell(app, tmp_path, drills=[drill(72), drill(48, ok=False), drill(24)])
    text = page(signed_in(app, "a@example.org", Role.OFFICER).get(f"/{lang}/office/system"))
    assert text.count('<rect class="part-1"') == 4
    assert text.count('role="img"') == 2
    table = text[text.rindex("<tbody>") :]
    assert table.count("<tr>") == 3
    assert {"fr": "74 secondes", "es": "74 segundos", "en": "74 seconds"}[lang] in table.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("drills", "sentence"),
    [
        ([], "No backup has been proven yet"),
        ([drill(1, ok=False)], "No backup has been proven yet"),
        ([drill(30), drill(6, ok=False)], "The last drill failed"),
    ],
)
def test_a_backup_is_never_called_well_without_a_drill(
    app: Flask, tmp_path: Path, drills: list[dict[str, Any]], sentence: str
) -> None:
    tell(app, tmp_path, drills=drills)
    text = page(signed_in(app, "a@example.org", Role.OFFICER).get("/en/office/system"))
    assert sentence in text
    assert ("Last proven backup" in text) == (len(drills) == 2)


def test_alerts_upgrades_and_maintenance_are_told_in_words(app: Flask, tmp_path: Path) -> None:
    now = clock.now()
    upgrade = {"at": now.isoformat(), "from": "1", "to": "2", "ok": True, "requests": 1742, "failed": 0}
    alert = {"code": "C601", "is_grave": True, "since": now.isoformat()}
    tell(app, tmp_path, upgrades=[upgrade], alerts=[alert, {"code": "broken"}])
    until = (now + timedelta(hours=1)).isoformat()
    facts = {"by": "marc", "reason": "new disk", "since": now.isoformat(), "until": until}
    (tmp_path / "maintenance.json").write_text(json.dumps(facts), encoding="utf-8")
    text = page(signed_in(app, "a@example.org", Role.ADMINISTRATOR).get("/en/office/system"))
    assert "C601" in text
    assert "Backups and drills" in text
    assert "0 of 1742 requests failed" in text
    assert "marc: new disk" in text
    assert "broken" not in text


@pytest.mark.parametrize("text", ["", "[]", "{", '{"drills": [{"at": "2031-01-01"}], "stores": [7]}'])
def test_what_cannot_be_read_is_left_out(app: Flask, tmp_path: Path, text: str) -> None:
    tell(app, tmp_path)
    (tmp_path / "state.json").write_text(text, encoding="utf-8")
    said = page(signed_in(app, "a@example.org", Role.OFFICER).get("/en/office/system"))
    assert "No backup has been proven yet" in said
