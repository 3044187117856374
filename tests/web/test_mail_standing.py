"""What `civic status` and the officers' page say of the outbox, beside what is in it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from app import facts
from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail import away, held, outbox, queries
from app.mail.circulars import Circular
from app.mail.letters import Letter
from app.mail.outbox import Copy, Lane, OutboxMessage
from tests.web.callers import signed_in
from tests.web.conftest import page


def put(key: str, lane: Lane = Lane.NOTICES) -> None:
    outbox.enqueue(Letter("News", "Something.\n"), f"{key}@example.org", key=key, lane=lane)


def make_mailing(*keys: str, in_hours: int = 0) -> int:
    circular = Circular(language="en", subject=["News"], text=["News\n"], html=[], created_at=clock.now())
    db.session.add(circular)
    db.session.flush()
    copies = [Copy(f"{key}@example.org", key, {}) for key in keys]
    outbox.enqueue_circular(circular.id, copies, send_at=clock.now() + timedelta(hours=in_hours))
    return circular.id


def age(key: str, hours: float) -> None:
    at = clock.now() - timedelta(hours=hours)
    db.session.execute(
        update(OutboxMessage).where(OutboxMessage.key == key).values(created_at=at, next_at=at)
    )


def test_each_letter_is_counted_once_in_its_lane(app: Flask) -> None:
    with app.app_context():
        put("code", Lane.CODES)
        put("left")
        put("refused")
        for message in outbox.claim((Lane.NOTICES,), 2):
            outbox.finish(message, "sent" if message.recipient.startswith("left") else "refused", "550")
        make_mailing("one", "two", "three")
        (leased,) = outbox.claim((Lane.MAILINGS,), 1)
        paused = make_mailing("four", "five")
        db.session.execute(update(Circular).where(Circular.id == paused).values(paused_at=clock.now()))
        db.session.commit()
        said = facts.gather()["outbox"]
        lanes = said["lanes"]
        assert (said["waiting"], said["sent"], said["failed"], said["held"]) == (6, 1, 1, 0)
        assert [lanes["codes"][name] for name in ("waiting", "leased", "failed")] == [1, 0, 0]
        assert [lanes["notices"][name] for name in ("waiting", "sent_today", "failed")] == [0, 1, 1]
        assert [lanes["mailings"][name] for name in ("waiting", "leased", "paused")] == [5, 1, 2]
        outbox.put_back(leased)
        assert (held.hold(), facts.gather()["outbox"]["waiting"]) == (6, 0)


def test_only_a_letter_that_nobody_meant_to_wait_is_overdue(app: Flask) -> None:
    with app.app_context():
        make_mailing("tomorrow", in_hours=24)
        make_mailing("leaving", "slowly")
        age("leaving", 3)
        age("slowly", 3)
        (first,) = outbox.claim((Lane.MAILINGS,), 1)
        outbox.finish(first, "sent")
        standing, now = queries.read_standing(), clock.now()
        assert standing.find_overdue_since(now) is None
        assert 3 * 3600 <= facts.gather()["outbox"]["oldest_waiting_seconds"] < 3 * 3600 + 60
        assert standing.find_overdue_since(now + queries.QUIET) is not None, (
            "none left in a quarter of an hour"
        )
        put("late")
        age("late", 2)
        found = queries.read_standing().find_overdue_since(now)
        assert found is not None
        assert timedelta(hours=1.9) < now - found < timedelta(hours=2.1)


def test_the_mail_server_is_away_since_it_first_was(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        first = clock.now()
        away.note()
        monkeypatch.setattr(clock, "now", lambda: first + timedelta(hours=1))
        away.note()
        assert facts.gather()["outbox"]["server_away_seconds"] in (3599, 3600)
        away.note_answer()
        assert facts.gather()["outbox"]["server_away_seconds"] is None


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ("Mail", "has taken no letter since", "Codes")),
        ("fr", ("Courriel", "n’a pris aucun courriel depuis", "Codes")),
        ("es", ("Correo", "No ha aceptado ningún correo desde", "Códigos")),
    ],
)
def test_officers_read_it_on_the_system_page(app: Flask, lang: str, words: tuple[str, ...]) -> None:
    client = signed_in(app, "a@example.org", Role.OFFICER)
    assert words[1] not in page(client.get(f"/{lang}/office/system"))
    with app.app_context():
        away.note()
        for number in range(1234):
            put(f"n{number}", Lane.CODES)
        db.session.commit()
    text = page(client.get(f"/{lang}/office/system"))
    for word in words:
        assert word in text
    assert {"en": "1,234", "fr": "1 234", "es": "1.234"}[lang] in text.replace("\u202f", " ")
