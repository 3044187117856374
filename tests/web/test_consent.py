"""Consent: nothing is ticked beforehand, each yes and no is a row that stays as its proof, and only a standing yes counts."""

from __future__ import annotations

import hashlib
import json
import re
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core import audit
from app.core.db import db
from app.core.policy import Role
from app.people import consent, tags
from app.people import service as people
from app.people.consent import Way
from app.people.models import Consent
from app.people.purposes import BY_KEY, PURPOSES
from app.segments import compiling, queries, rules
from app.segments.errors import WrongRule
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token_of

LETTERS = "/en/account/letters"
NEWSLETTER = BY_KEY["newsletter"]
SHOWN = {
    ("newsletter", 1): "3b818ce4efdcb94e",
    ("processes", 1): "e03f712caa95ea61",
    ("invitations", 1): "d99c3b3b88b2ba09",
}
"""A text that people said yes to is never changed: a new version is added to its purpose, and a line here."""


def ticked(html: str) -> set[str]:
    """The purposes with a tick on a page."""
    boxes = re.findall(r"<input[^>]*type=\"checkbox\"[^>]*>", html)
    return {re.findall(r'value="([^"]+)"', box)[0] for box in boxes if " checked" in box}


def consenting(purpose: str) -> set[int]:
    """Who consents now."""
    return set(db.session.scalars(consent.consenting(purpose)))


def choose(client: FlaskClient, *purposes: str) -> None:
    """Send the person's page with these ticks."""
    assert (
        client.post(LETTERS, data={"purpose": list(purposes), "csrf_token": token_of(client)}).status_code
        == 303
    )


def test_a_text_that_was_shown_stays_as_it_was() -> None:
    digests = {
        (purpose.key, number): hashlib.sha256(json.dumps(texts, sort_keys=True).encode()).hexdigest()[:16]
        for purpose in PURPOSES
        for number, texts in enumerate(purpose.texts, start=1)
    }
    assert digests == SHOWN
    assert all(set(texts) == {"en", "fr", "es"} for one in PURPOSES for texts in (one.names, *one.texts))


@pytest.mark.parametrize("lang", ["en", "fr", "es"])
def test_nothing_is_ticked_beforehand_and_the_page_shows_the_texts(app: Flask, lang: str) -> None:
    html = page(signed_in(app, "ana@example.org").get(f"/{lang}/account/letters"))
    assert ticked(html) == set()
    assert all(purpose.text(lang).replace("'", "&#39;") in html for purpose in PURPOSES)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Consent)) == 0


def test_a_choice_holds_until_it_is_taken_back_and_every_step_stays_written(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org"), person_of(app, "ana@example.org")
    choose(client, "newsletter", "processes", "to-be-sold", "newsletter")
    assert ticked(page(client.get(LETTERS))) == {"newsletter", "processes"}
    choose(client, "newsletter", "processes")
    choose(client, "newsletter")
    with app.app_context():
        assert (consenting("newsletter"), consenting("processes"), consenting("invitations")) == (
            {her},
            set(),
            set(),
        )
        rows = [
            (row.purpose, row.is_given, row.text_version, row.channel, row.language)
            for row in consent.history_of(her)
        ]
        assert rows == [
            ("processes", False, 1, "page", "en"),
            ("processes", True, 1, "page", "en"),
            ("newsletter", True, 1, "page", "en"),
        ]
        assert consent.is_given(her, "newsletter")
        assert not consent.is_given(her, "processes")
    html = page(client.get(f"{LETTERS}?saved=yes"))
    assert "Your choice is noted" in html


def test_a_yes_of_one_is_nobody_elses(app: Flask) -> None:
    one, other = signed_in(app, "ana@example.org"), signed_in(app, "bea@example.org")
    choose(one, "newsletter")
    choose(other)
    assert ticked(page(other.get(LETTERS))) == set()
    her = person_of(app, "ana@example.org")
    with app.app_context():
        assert consenting("newsletter") == {her}


def test_a_closed_account_consents_to_nothing_from_that_moment_on(app: Flask) -> None:
    client = signed_in(app, "ana@example.org")
    choose(client, "newsletter")
    assert (
        send(client, "/en/account/erasure", "/en/account/erasure", typed="ana@example.org").status_code == 303
    )
    with app.app_context():
        assert consenting("newsletter") == set()


def test_a_yes_to_an_older_text_counts_no_longer_and_is_asked_anew(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org"), person_of(app, "ana@example.org")
    with app.app_context():
        choose(client, "newsletter")
        row = db.session.scalars(select(Consent)).one()
        row.text_version = NEWSLETTER.version + 1  # as if the text shown were another one
        db.session.commit()
        assert consenting("newsletter") == set()
        assert not consent.holds(consent.consents_of(her)["newsletter"])
    assert ticked(page(client.get(LETTERS))) == set()
    choose(client, "newsletter")
    with app.app_context():
        assert consenting("newsletter") == {her}


def test_officers_see_the_proof_and_note_what_is_said_at_the_desk(app: Flask) -> None:
    client, her = signed_in(app, "ana@example.org", name="Ana <b>"), person_of(app, "ana@example.org")
    choose(client, "newsletter")
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    where = f"/en/office/people/{her}/letters"
    html = page(officer.get(where))
    assert "yes, since" in html
    assert "on their page of this site" in html
    assert NEWSLETTER.text("en").replace("'", "&#39;") in html
    assert f'href="{where}"' in page(officer.get(f"/en/office/people/{her}"))
    for purpose, answer in (("newsletter", "no"), ("invitations", "yes"), ("nonsense", "yes")):
        assert send(officer, where, where, purpose=purpose, channel="desk", answer=answer).status_code == 303
    send(officer, where, where, purpose="processes", channel="page", answer="yes")
    with app.app_context():
        standing = {key: (row.is_given, row.channel) for key, row in consent.consents_of(her).items()}
        assert standing == {"newsletter": (False, "desk"), "invitations": (True, "desk")}
        acts = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.act.like("consent.%")))
        assert [(one.act, one.subject) for one in acts] == [
            ("consent.withdraw", f"person:{her}"),
            ("consent.give", f"person:{her}"),
        ]
        assert audit.find_break() is None
    assert "noted by account" in page(officer.get(where))
    assert "(at the desk)" in page(client.get(LETTERS))


def test_only_officers_come_to_the_consents_of_others(app: Flask) -> None:
    her = person_of(app, "ana@example.org")
    other = signed_in(app, "eve@example.org")
    where = f"/en/office/people/{her}/letters"
    assert other.get(where).status_code == 403
    form = {"purpose": "newsletter", "channel": "desk", "answer": "yes", "csrf_token": token_of(other)}
    assert other.post(where, data=form).status_code == 403
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    assert officer.get("/en/office/people/999/letters").status_code == 404
    assert send(officer, "/en/office/people/999/letters", where, **form).status_code == 404
    with app.app_context():
        assert consenting("newsletter") == set()


def test_yes_and_no_at_the_same_moment_leave_one_of_them_standing(app: Flask) -> None:
    her = person_of(app, "ana@example.org")
    start = Barrier(8)

    def say(given: bool) -> None:
        with app.app_context():
            start.wait()
            act = consent.give if given else consent.withdraw
            act(her, NEWSLETTER, Way("page", "en"))
            db.session.commit()

    threads = [Thread(target=say, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        rows = consent.history_of(her)
        assert rows
        assert (consenting("newsletter") == {her}) is rows[0].is_given


def test_segments_ask_who_consents_and_who_does_not(app: Flask) -> None:
    hers = {name: person_of(app, f"{name}@example.org") for name in ("ana", "bea", "cleo")}
    wants = {"field": "letters", "relation": "wanted", "purpose": "newsletter"}
    tagged = {"field": "tag", "relation": "has", "tag": "jury"}
    with app.app_context():
        consent.decide(hers["ana"], {"newsletter"}, Way("page", "en"))
        consent.decide(hers["bea"], {"newsletter"}, Way("page", "en"))
        consent.decide(hers["bea"], {"processes"}, Way("one-click", "en"))
        tags.tag("shell", people.get_person(hers["cleo"]), "jury")
        for raw, found in (
            (wants, {"ana"}),
            ({"not": wants}, {"bea", "cleo"}),
            ({"any": [wants, tagged]}, {"ana", "cleo"}),
            ({"all": [wants, tagged]}, set()),
        ):
            chosen = compiling.people(rules.parse(raw), queries.moment())
            assert set(db.session.scalars(chosen)) == {hers[name] for name in found}, raw
        with pytest.raises(WrongRule):
            rules.parse({**wants, "purpose": "to-be-sold"})
    officer = signed_in(app, "marta@example.org", Role.OFFICER)
    form = {"n.what": "all", "n-0.what": "letters:wanted", "n-0.purpose": "newsletter", "do": "look"}
    html = page(send(officer, "/en/office/segments/new", "/en/office/segments/new", **form))
    assert "consents to letters: Newsletter" in html
