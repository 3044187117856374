"""`python -m app` as real processes: the first administrator, and refusals that a program can read."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import update

from app.core import clock
from app.core.audit import AuditEntry
from app.core.db import db
from app.settings import Settings
from tests.web.conftest import make_client, page
from tests.web.site_process import call

BOSS = "boss@example.org"


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.config["CIVIC"]
    return settings


def test_admin_add_prints_a_link_that_works_for_three_days(app: Flask) -> None:
    code, said = call(settings_of(app), "admin-add", BOSS)
    assert code == 0
    assert said["email"] == BOSS
    life = datetime.fromisoformat(said["expires_at"]) - clock.now()
    assert timedelta(days=2, hours=23) < life <= timedelta(days=3)
    assert said["link"].startswith("https://participe.valclair.example/fr/one-time/")
    page(make_client(app).post(urlsplit(said["link"]).path))


def test_admin_add_again_gives_a_new_link_and_ends_the_old_one(app: Flask) -> None:
    links = [call(settings_of(app), "admin-add", BOSS, "--role", "officer")[1]["link"] for _ in range(2)]
    page(make_client(app).post(urlsplit(links[0]).path), 410)
    page(make_client(app).post(urlsplit(links[1]).path))


def test_admin_add_refuses_what_is_not_an_address(app: Flask) -> None:
    code, said = call(settings_of(app), "admin-add", "nonsense")
    assert code == 1
    assert "correct form" in said["refused"]


def test_admin_add_does_not_take_the_last_administrator_away(app: Flask) -> None:
    call(settings_of(app), "admin-add", BOSS)
    code, said = call(settings_of(app), "admin-add", BOSS, "--role", "officer")
    assert code == 1
    assert "last administrator" in said["refused"]


def test_a_link_into_a_real_site_is_refused(app: Flask) -> None:
    call(settings_of(app), "admin-add", BOSS)
    code, said = call(settings_of(app), "trial-link", BOSS)
    assert code == 1
    assert said["refused"]


def test_facts_are_numbers_and_truths_without_names(app: Flask) -> None:
    make_client(app).post("/en/sign-in", data={"email": "ana@example.org"})
    call(settings_of(app), "admin-add", BOSS)
    code, said = call(settings_of(app), "facts")
    assert code == 0
    assert said["people"] == {"resident": 0, "officer": 0, "administrator": 1}
    assert said["outbox"]["waiting"] == 1
    assert said["worker"] == {"beat_age_seconds": None}
    assert all(said["invariants"].values())
    assert "@" not in str(said)


def test_facts_say_which_invariant_does_not_hold(app: Flask) -> None:
    call(settings_of(app), "admin-add", BOSS)
    with app.app_context():
        db.session.execute(update(AuditEntry).values(detail="{}"))
        db.session.commit()
    broken = [name for name, holds in call(settings_of(app), "facts")[1]["invariants"].items() if not holds]
    assert broken == ["I7 the chain of acts is whole"]
