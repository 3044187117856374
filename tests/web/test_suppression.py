"""Addresses that are not written to: what makes them so, who still gets there, and how an officer sees and releases them (F4)."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.core import audit, clock
from app.core.db import Base, db
from app.core.policy import Role
from app.mail import delivery, outbox, suppression
from app.mail.letters import Letter
from app.mail.outbox import Lane, OutboxMessage
from app.mail.suppression import Suppression
from app.mail.verdicts import Verdict
from tests.web.callers import person_of, sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.forms import send, token_of
from tests.web.smtp_sink import Sink
from tests.web.statements import counted

pytestmark = pytest.mark.both_databases

GONE = "550 5.1.1 <{}>: Recipient address rejected: User unknown"
FULL = "552 5.2.2 {} is over quota"


def write(address: str, key: str, lane: Lane = Lane.MAILINGS) -> None:
    outbox.enqueue(Letter("News", "Text.\n"), address, key=key, lane=lane)
    db.session.commit()


def run() -> None:
    delivery.deliver()
    delivery.deliver_codes()


def stand(key: str) -> tuple[str, str]:
    asked = select(OutboxMessage.state, OutboxMessage.outcome).where(OutboxMessage.key == key)
    return tuple(db.session.execute(asked).one())  # type: ignore[return-value]


def seconds(key: str) -> set[int]:
    """The seconds of the day that are kept of a letter."""
    message = db.session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()
    kept = [at for at in (message.created_at, message.next_at, message.done_at) if at]
    return {at.hour * 3600 + at.minute * 60 + at.second for at in kept}


def test_after_one_hard_failure_only_codes_go_there(site: Flask, sink: Sink) -> None:
    sink.answers["Gone@example.org"] = GONE.format("Gone@example.org")
    write("Gone@example.org", "first")
    run()
    sink.answers.clear()
    for lane in Lane:
        write("gone@example.org", lane.name, lane)
        write("ana@example.org", f"ana-{lane.name}", lane)
    run()
    assert sink.tried["Gone@example.org"] == 1
    assert (stand("first"), stand("MAILINGS"), stand("NOTICES"), stand("CODES")) == (
        ("refused", ""), ("cancelled", "suppressed"), ("cancelled", "suppressed"), ("sent", ""),
    )  # fmt: skip
    assert seconds("NOTICES") == {0}, "of a notice, such as that a vote is recorded, the day is kept"
    assert seconds("MAILINGS") != {0}
    assert sorted(to for to, _ in sink.received) == ["ana@example.org"] * 3 + ["gone@example.org"]
    row = suppression.find("GONE@example.org")
    assert row is not None
    assert (row.reason, row.answer) == ("hard", "550 5.1.1 <…>: Recipient address rejected: User unknown")


def test_it_takes_three_soft_failures_and_old_ones_do_not_count(site: Flask, sink: Sink) -> None:
    sink.answers["full@example.org"] = FULL.format("full@example.org")
    for number in range(2):
        write("full@example.org", f"m{number}")
        run()
    assert suppression.count_by_reason() == {}
    db.session.execute(
        update(Suppression).values(since=clock.now() - suppression.SOFT_COUNTS + timedelta(hours=1))
    )
    assert suppression.forget_old() == 0
    db.session.execute(update(Suppression).values(since=clock.now() - suppression.SOFT_COUNTS))
    assert suppression.forget_old() == 1
    for number in range(2, 6):
        write("full@example.org", f"m{number}")
        run()
    assert [stand(f"m{number}")[0] for number in range(6)] == ["refused"] * 5 + ["cancelled"]
    assert suppression.which(["full@example.org"]) == {"full@example.org": "soft"}
    db.session.execute(update(Suppression).values(since=clock.now() - timedelta(days=900)))
    assert suppression.forget_old() == 0
    write("full@example.org", "notice", Lane.NOTICES)
    run()
    assert stand("notice")[0] == "refused", "a full mailbox is tried again for what concerns its reader"


@pytest.mark.parametrize(
    "answer", ["554 5.7.1 Relay access denied", "550 5.7.1 Blocked as spam", "552 5.3.4 Too big"]
)
def test_a_fault_of_the_server_or_the_letter_is_not_held_against_the_address(
    site: Flask, sink: Sink, answer: str
) -> None:
    sink.answers["ana@example.org"] = answer
    for number in range(4):
        write("ana@example.org", f"m{number}")
        run()
    assert stand("m3") == ("refused", "")
    assert suppression.find("ana@example.org") is None


def test_a_server_that_says_not_now_for_days_counts_once(site: Flask, sink: Sink) -> None:
    sink.answers["full@example.org"] = "452 4.2.2 Over quota"
    write("full@example.org", "m")
    run()
    assert suppression.find("full@example.org") is None
    tried = {"created_at": clock.now() - delivery.GIVE_UP, "attempts": delivery.FEWEST_ATTEMPTS}
    db.session.execute(update(OutboxMessage).values(tried | {"next_at": clock.now()}))
    db.session.commit()
    run()
    row = suppression.find("full@example.org")
    assert row is not None
    assert (stand("m")[0], row.reason, row.soft_failures) == ("refused", "", 1)


def test_an_address_suppressed_while_its_copy_waits_gets_nothing(site: Flask, sink: Sink) -> None:
    write("ana@example.org", "m")
    suppression.suppress("ANA@example.org", "complaint")
    db.session.commit()
    run()
    assert (stand("m"), sink.received) == (("cancelled", "suppressed"), [])


def test_a_stronger_reason_takes_the_place_of_a_weaker_one_only(site: Flask) -> None:
    seen = []
    for reason in ("soft", "complaint", "hard", "hand", "soft"):
        suppression.suppress("ana@example.org", reason)
        seen.append(suppression.which(["ana@example.org"])["ana@example.org"])
    assert seen == ["soft", "complaint", "complaint", "hand", "hand"]
    suppression.note_failure("ana@example.org", Verdict.SOFT, "552 5.2.2 Full")
    row = suppression.find("ana@example.org")
    assert row is not None
    assert (row.reason, row.soft_failures) == ("hand", 0)


def test_the_table_holds_no_address_and_another_key_finds_nobody(site: Flask) -> None:
    suppression.suppress("ana.lopez@example.org", "hard", "550 5.1.1 ana.lopez@example.org unknown")
    db.session.commit()
    rows = str(db.session.execute(text("SELECT * FROM suppressions")).all())
    assert "lopez" not in rows
    assert "example" not in rows
    site.extensions.pop("civic.mail_keys")
    site.config["SECRET_KEY"] = "z" * 48
    assert suppression.find("ana.lopez@example.org") is None


def test_a_hundred_thousand_addresses_are_asked_about_in_a_few_questions(site: Flask) -> None:
    people = [f"Reader{number}@example.org" for number in range(100_000)]
    for number in range(0, 100_000, 5_000):
        suppression.suppress(people[number], "hard")
    db.session.commit()
    with counted(site) as seen:
        found = suppression.which(iter(people))
    assert sorted(found) == sorted(people[::5_000])
    assert len(seen) <= 1 + 20, "one asks whether there is any"


def test_who_types_in_a_code_shows_that_the_address_is_read(app: Flask) -> None:
    for address, reason in (("ana@example.org", "hard"), ("eva@example.org", "complaint")):
        with app.app_context():
            suppression.suppress(address, reason)
            db.session.commit()
        sign_in(app, make_client(app), address)
    with app.app_context():
        assert suppression.which(["ana@example.org", "eva@example.org"]) == {"eva@example.org": "complaint"}


def test_officers_see_how_many_find_one_and_release_it_on_record(app: Flask) -> None:
    officer, her = signed_in(app, "marta@example.org", Role.OFFICER), person_of(app, "ana@example.org")
    where = "/en/office/suppressions"
    assert f'href="{where}"' in page(officer.get("/en/office/people"))
    with app.app_context():
        suppression.suppress("ana@example.org", "hard", "550 5.1.1 <b>unknown</b> ana@example.org")
        suppression.note_failure("eva@example.org", Verdict.SOFT, "552 5.2.2 Full")
        db.session.commit()
    assert "There is no such mailbox" in page(officer.get(f"/en/office/people/{her}"))
    assert 'value="not an address"' in page(send(officer, where, where, email="not an address"), 422)
    html = page(send(officer, where, where, email=" Ana@Example.org "))
    assert "550 5.1.1 &lt;b&gt;unknown&lt;/b&gt; …" in html
    assert "came back 1 time." in page(send(officer, where, where, email="eva@example.org"))
    (release,) = re.findall(r'action="(/en/office/suppressions/\d+/release)"', html)
    token = token_of(officer)
    assert officer.post(release, data={"csrf_token": token}).status_code == 303
    assert page(officer.post(release, data={"csrf_token": token}), 404)
    assert "is written to" in page(send(officer, where, where, email="ana@example.org"))
    assert send(officer, where + "/additions", where, email="zoe@bücher.example").status_code == 303
    with app.app_context():
        assert suppression.which(["zoe@xn--bcher-kva.example"]) == {"zoe@xn--bcher-kva.example": "hand"}
        acts = select(audit.AuditEntry).where(audit.AuditEntry.act.startswith("mail.")).order_by("id")
        released, added = db.session.scalars(acts)
        assert (released.act, json.loads(released.detail)) == ("mail.release", {"reason": "hard"})
        assert added.act == "mail.suppress"
        assert "@" not in released.subject + added.subject


def test_the_person_s_file_says_why_no_mailing_comes(app: Flask) -> None:
    client = signed_in(app, "ana@example.org")
    with app.app_context():
        suppression.suppress("ana@example.org", "complaint")
        suppression.suppress("eva@example.org", "hard")
        db.session.commit()
        assert len(db.session.execute(Base.metadata.tables["suppressions"].select()).all()) == 2
    told = client.get("/en/account/data.json").get_json()
    (table,) = [one for one in told["tables"] if one["table"] == "suppressions"]
    assert [row["reason"] for row in table["rows"]] == ["complaint"]
    assert "address_hash" not in table["rows"][0]
