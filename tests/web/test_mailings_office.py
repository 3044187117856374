"""The officers' pages of mailings: what is typed is kept, all that is wrong is said at once, and nothing is sent by one click."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core import clock
from app.core.db import db
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from app.mailings import jobs, service, trying
from app.mailings.models import DryRunWish
from app.readers import queries
from app.readers.models import Mailing
from tests.web.callers import person_of, signed_in
from tests.web.conftest import page
from tests.web.forms import send, token_of
from tests.web.readers import confirm, draft, everybody, let_begin, reader, states
from tests.web.voters import open_process

BODY = "Hello {name|neighbour},\n\nsee [the associations](/en/associations).\n"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    """A browser of an officer."""
    return signed_in(app, "marta@valclair.example", Role.OFFICER, name="Marta")


def written(app: Flask, **more: str) -> dict[str, str]:
    """The form as an officer fills it in."""
    with app.app_context():
        audience = everybody()
    form = {"title": "Summer", "purpose": "newsletter", "audience": audience, "apart": "0", "addresses": ""}
    return {**form, "subject-en": "News", "body-en": BODY, **more}


def save(officer: FlaskClient, form: dict[str, str], status: int = 303) -> str:
    """Send the form of a new mailing; the address to which it leads, or the page."""
    answer = send(officer, "/en/office/mailings/new", "/en/office/mailings/new", **form)
    assert answer.status_code == status, answer.text[:3000]
    return answer.location if status == 303 else page(answer, status)


def test_the_letter_is_looked_at_as_a_mail_program_would_show_it(app: Flask, officer: FlaskClient) -> None:
    place = save(officer, written(app))
    looks = officer.get(f"{place}/preview")
    assert "Hello Marta," in page(looks)
    assert "frame-src 'self'" in looks.headers["Content-Security-Policy"]
    letter = officer.get(f"{place}/letters/en")
    assert '<p style="margin:0 0 16px">Hello Marta,</p>' in letter.text
    assert "script-src" not in letter.headers["Content-Security-Policy"]
    assert officer.get(f"{place}/letters/fr").status_code == 404


def test_the_second_step_wants_the_number_and_the_steps_after_it_are_told(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        for n in range(12):
            reader(f"r{n}@example.org", name=f"Reader {n}")
        reader("no@example.org", name="Nono", wants=False)
    place = save(officer, written(app))
    review = page(officer.get(f"{place}/review"))
    assert "Nono" in review
    assert "no consent to such letters" in review
    assert "Type the number of people who will get it: 12" in review
    form = dict(re.findall(r'name="(revision|shown)" value="(\d+)"', review))
    wrong = send(officer, f"{place}/review", f"{place}/review", **form, count="7", when="now")
    assert 'value="7"' in page(wrong, 422)
    assert (
        send(officer, f"{place}/review", f"{place}/review", **form, count="12", when="now").status_code == 303
    )
    shown = page(officer.get(place))
    assert "Take it back" in shown
    assert send(officer, f"{place}/review", place, **form, count="12", when="now").location.endswith(
        "late=yes"
    )
    with app.app_context():
        app.config["CIVIC"] = replace(app.config["CIVIC"], mail_quiet_hours="")
        mailing = db.session.scalars(select(Mailing)).one()
        mailing.send_at = mailing.confirmed_at
        db.session.commit()
        let_begin(monkeypatch, 0)
        assert states(mailing) == {"handed": 12, "no-consent": 2}, "the officer has not said yes either"
    under_way = page(officer.get(place))
    assert '<desc id="funnel-words">meant for: 14' in under_way
    assert "Nono" in page(officer.get(f"{place}/readers/no-consent"))
    for act, now in (("pause", "Paused"), ("resume", "Being sent"), ("stop", "Stopped")):
        assert send(officer, f"{place}/state", place, act=act).status_code == 303
        assert now in page(officer.get(place))
    assert send(officer, f"{place}/state", place, act="resume").location.endswith("late=yes")
    assert send(officer, f"{place}/state", place, act="explode").status_code == 400
    with app.app_context():
        assert {state for (state,) in db.session.execute(select(OutboxMessage.state))} == {"cancelled"}
    copy = send(officer, f"{place}/copies", place).location
    assert "Copy of Summer" in page(officer.get(copy))


def test_all_that_is_wrong_is_said_at_once_and_what_was_typed_stays(app: Flask, officer: FlaskClient) -> None:
    form = {"title": "", "purpose": "spam", "audience": "segment:99:1", "apart": "-1", "addresses": ""}
    form |= {
        "subject-en": "Hi {{7*7}}",
        "body-en": "Dear {surname}, {name}, {% raw %}",
        "subject-es": "",
        "body-es": "Hola",
        "subject-fr": "x" * 151,
        "body-fr": "y" * 20_001,
    }
    html = save(officer, form, 422)
    for words in (
        "Give the mailing a title",
        "Choose what the letter is for",
        "Choose who gets the mailing",
        "Enter a whole number of days",
        "There is no field “7*7”",
        "There is no field “surname”",
        "There is no field “% raw %”",
        "Not everybody has “name”. Say what stands there otherwise: {name|resident}.",
        "Español: write a subject",
        "Français: write a subject",
        "Français: write a letter",
    ):
        assert words in html.replace("&#39;", "'"), words
    assert "Dear {surname}, {name}, {% raw %}" in html
    assert html.count('href="#') >= 9
    with app.app_context():
        assert db.session.scalar(select(Mailing.id)) is None


@pytest.mark.parametrize("subject", ["a\r\nBcc: eve@example.org", "a\nb", "a\x85b", "a\u2028b", "a\x1b[31mb"])
def test_a_subject_of_two_lines_is_refused(app: Flask, officer: FlaskClient, subject: str) -> None:
    assert "one line" in save(officer, written(app, **{"subject-en": subject}), 422)


@pytest.mark.parametrize(
    "address",
    [
        "x" * 300 + "@example.org",
        "añb@example.org",
        "nobody@example.org",
        "@",
        "<script>@x.y",
        "ana@example.org\x00",
    ],
)
def test_an_address_that_nobody_has_is_named(app: Flask, officer: FlaskClient, address: str) -> None:
    person_of(app, "ana@example.org")
    form = written(app, audience="people", addresses=f"ana@example.org; {address}")
    answer = send(officer, "/en/office/mailings/new", "/en/office/mailings/new", **form)
    assert answer.status_code in (400, 422)
    if answer.status_code == 422:
        assert "belong to no account" in page(answer, 422)
        assert "ana@example.org; " in answer.text, "what was pasted stays"


def test_broken_markdown_and_hostile_links_are_text_or_are_named(app: Flask, officer: FlaskClient) -> None:
    body = (
        "**never closed [x](javascript:alert(1)) [y](//evil.example) [z](https://a.example/?n={name|x})\n\n"
        "<script>alert(1)</script> <b onclick=x>b</b> &lt;i&gt; ![](https://evil.example/beacon.png) ![](/en/) "
        "[w](https://user@evil.example/) [v](/en/nowhere-at-all) [u](data:text/html;base64,x)\n\n"
        + "> " * 60
        + "deep\n\n"
        + "[" * 500
        + "\n\n"
        + "*" * 2000
    )
    place = save(officer, written(app, **{"body-en": body}))
    with app.app_context():
        reader("r@example.org")
    letter = officer.get(f"{place}/letters/en").text
    assert "<script" not in letter
    assert "<b " not in letter
    assert "javascript:alert" in letter, "as text"
    assert 'href="javascript' not in letter
    assert "beacon" not in letter
    review = page(officer.get(f"{place}/review"))
    for words in (
        "The link “//evil.example” leads nowhere",
        "A personal field cannot stand in the address of a link: “https://a.example/?n={…}”",
        "beacon.png” lies on another site",
        "The picture “/en/” has no description",
        "The link “https://user@evil.example/” leads nowhere",
        "This site has no page “/en/nowhere-at-all”",
    ):
        assert words in review, words
    assert "It cannot be sent like this" in review
    form = {"revision": "1", "shown": "1", "count": "1", "when": "now"}
    assert "Mend what the check list says" in page(
        send(officer, f"{place}/review", f"{place}/review", **form), 422
    )


@pytest.mark.parametrize(
    "sign", ["&#xE000;99&#xE001;", "&#57344;99&#57345;", "&#xE0\ue00000;99&#xE001;", "\ue00099\ue001"]
)
def test_no_sign_however_it_is_spelled_is_taken_for_a_field(
    app: Flask, officer: FlaskClient, sign: str
) -> None:
    form = {"body-en": f'{BODY}\n\n{sign} [{sign}](/en/ "{sign}")\n'}
    place = save(officer, written(app, **form))
    with app.app_context():
        reader("r@example.org")
    assert "99" in officer.get(f"{place}/letters/en").text


def test_what_filters_dislike_is_told_and_keeps_nothing_from_being_sent(
    app: Flask, officer: FlaskClient
) -> None:
    body = "Look [here](https://bit.ly/3xyz) and [there](https://bit.ly/4xyz)\n\n![The square in June](https://valclair.example/a.png)"
    place = save(officer, written(app, **{"subject-en": "THE SQUARE IS OPEN!!", "body-en": body}))
    html = page(officer.get(f"{place}/review"))
    for hint in (
        "in capitals throughout",
        "more than one exclamation mark",
        "hardly any words",
        "“bit.ly” hides",
    ):
        assert html.count(hint) == 1, hint
    assert "Mend what the check list says" not in html
    place = save(officer, written(app, **{"body-en": "word\n\n" * 3_200}))
    html = page(officer.get(f"{place}/review"))
    assert "hide its end" in html
    assert "unwanted mail" not in html


def test_two_officers_who_change_a_draft_notice_each_other(app: Flask, officer: FlaskClient) -> None:
    place = save(officer, written(app))
    form = written(app, revision="1")
    assert send(officer, f"{place}/text", f"{place}/text", **{**form, "title": "Autumn"}).status_code == 303
    late = send(officer, f"{place}/text", f"{place}/text", **{**form, "title": "Winter"})
    assert "Somebody else has changed this mailing" in page(late, 409)
    assert "Winter" in late.text
    with app.app_context():
        assert db.session.scalar(select(Mailing.title)) == "Autumn"


def test_a_mailing_that_was_confirmed_can_be_neither_changed_nor_deleted(
    app: Flask, officer: FlaskClient
) -> None:
    with app.app_context():
        reader("r@example.org")
        mailing = draft()
        confirm(mailing)
        number, revision = mailing.id, queries.get_mailing(mailing.id).revision
    place = f"/en/office/mailings/{number}"
    form = written(app, revision=str(revision))
    assert send(officer, f"{place}/text", f"{place}/text", **form).status_code == 409
    assert send(officer, f"{place}/deletion", place).status_code == 409
    draft_place = save(officer, written(app))
    assert send(officer, f"{draft_place}/deletion", draft_place).status_code == 303
    assert officer.get(draft_place).status_code == 404


def test_a_test_goes_to_the_officer_who_asks(app: Flask, officer: FlaskClient) -> None:
    place = save(officer, written(app))
    answer = send(officer, f"{place}/tests", place)
    assert "On its way to you" in page(officer.get(answer.location))
    with app.app_context():
        assert db.session.scalars(select(OutboxMessage.recipient)).all() == ["marta@valclair.example"]


@pytest.mark.parametrize("lang", ["fr", "es", "en"])
def test_every_page_is_there_in_each_language(app: Flask, officer: FlaskClient, lang: str) -> None:
    with app.app_context():
        for n in range(3):
            reader(f"r{n}@example.org", language=lang)
        reader("no@example.org", wants=False)
        number = draft().id
    for path in (
        "",
        "/new",
        f"/{number}",
        f"/{number}/text",
        f"/{number}/preview",
        f"/{number}/review",
        f"/{number}/readers/sent",
    ):
        page(officer.get(f"/{lang}/office/mailings{path}"))
    assert officer.get(f"/{lang}/office/mailings/{number}/readers/nowhere").status_code == 404
    assert officer.get(f"/{lang}/office/mailings/999").status_code == 404


def test_a_letter_about_a_moment_of_a_process_begins_with_the_site_s_own_words(
    app: Flask, officer: FlaskClient
) -> None:
    place = "/en/office/mailings/new"
    with app.app_context():
        number = open_process().id
    typed = {"title": "Vote", "subject-en": "", "body-en": "", "subject-fr": "Mes mots", "do": "fill"}
    with app.app_context():
        everyone = written(app)
    for audience in (everyone["audience"], "people", "opened:999", "last-days:1", ""):
        html = page(send(officer, place, place, **everyone | typed | {"audience": audience}), 422)
        assert "has words of its own" in html
        assert 'value="Mes mots"' in html
    html = page(send(officer, place, place, **everyone | typed | {"audience": f"results:{number}"}))
    assert 'value="Decided: A street for children"' in html
    assert "is decided." in html
    assert 'value="Mes mots"' in html, "what was typed stays"
    assert 'value="Decidido: A street for children"' in html
    with app.app_context():
        assert db.session.scalar(select(Mailing.id)) is None, "nothing is saved"


def test_an_hour_that_does_not_exist_is_refused_and_a_real_one_kept(app: Flask, officer: FlaskClient) -> None:
    with app.app_context():
        reader("r@example.org")
    place = save(officer, written(app))
    form = {"revision": "1", "shown": "1", "count": "1", "when": "later"}
    day = {"day-day": "31", "day-month": "2", "day-year": "2199", "hour": "18:00"}
    assert "Enter a day" in page(send(officer, f"{place}/review", f"{place}/review", **form, **day), 422)
    for more, told in (
        ({"day-year": "2020", "day-day": "28"}, ("This hour is past",)),
        (
            {"day-year": "2020", "day-day": "28", "count": "7"},
            ("This hour is past", "Type the number of people"),
        ),
        ({"count": "7"}, ("Enter a day", "Type the number of people who will get it: 1.")),
    ):
        html = page(send(officer, f"{place}/review", f"{place}/review", **form | day | more), 422)
        assert all(words in html for words in told), (more, told)
        assert 'value="2199"' in html or more.get("day-year") == "2020", "what was typed is kept"
    with app.app_context():
        assert db.session.scalar(select(Mailing.state)) == "draft"
    day |= {"day-day": "28"}
    assert send(officer, f"{place}/review", f"{place}/review", **form, **day).status_code == 303
    with app.app_context():
        assert str(db.session.scalar(select(Mailing.send_at))) == "2199-02-28 17:00:00+00:00"
    assert token_of(officer)
    assert service.MOST_ADDRESSES == 2000


def test_who_of_very_many_would_get_it_is_found_out_by_the_worker(
    app: Flask, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trying, "LARGE", 2)
    with app.app_context():
        for number in range(4):
            reader(f"r{number}@example.org", wants=number > 0)
    place = save(officer, written(app))
    review, asking = f"{place}/review", f"{place}/counts"
    assert "Count who would get it" in page(officer.get(review))
    for _ in range(2):
        assert send(officer, asking, review).status_code == 303
    waiting = page(officer.get(review))
    assert "Being counted since" in waiting
    with app.app_context():
        jobs.try_out()
        jobs.try_out()
        assert trying.list_wished() == []
        kept = db.session.scalars(select(DryRunWish.found)).one()
        assert kept["of_one_domain"] == 3
        assert "example.org" not in str(kept), "numbers, no addresses"
    found = page(officer.get(review))
    assert "Type the number of people who will get it: 3" in found
    assert ">r1@example.org<" in found
    form = dict(re.findall(r'name="(revision|shown)" value="(\d+)"', found)) | {"count": "3", "when": "now"}
    at = clock.now() + trying.FRESH + timedelta(minutes=1)
    with monkeypatch.context() as later:
        later.setattr(clock, "now", lambda: at)
        answer = send(officer, review, place, **form)
        assert answer.location.endswith("?late=yes")
        assert "The last count is too old" in page(officer.get(answer.location))
    assert send(officer, review, place, **form).status_code == 303
    with app.app_context():
        mailing = db.session.scalars(select(Mailing)).one()
        assert (mailing.state, mailing.expected) == ("scheduled", 3)
        monkeypatch.setattr(clock, "now", lambda: at + trying.FRESH)
        jobs.try_out()
        assert db.session.scalar(select(DryRunWish)) is None
