"""Associations for residents and delegates, on both databases: directory, application, members, acting for one, renewal."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.associations import forms, jobs, membership, service
from app.associations.errors import LastDelegate, NotDelegate, RenewFirst, WrongDescription
from app.associations.models import Association
from app.associations.rules import Description, Standing, State
from app.core import audit
from app.core.audit import AuditEntry
from app.core.db import db
from app.core.errors import NotFound
from app.core.policy import Role
from app.mail.outbox import OutboxMessage
from tests.web.callers import person_of, signed_in
from tests.web.clubs import FORM, join, let_be_due, register, standing
from tests.web.conftest import page
from tests.web.forms import send, token_of
from tests.web.leavers import erase_all, let_pass
from tests.web.letters import texts_to

pytestmark = pytest.mark.both_databases

OWN = "/en/account/associations"
APPLY = "/en/associations/application"


def post(client: FlaskClient, url: str, **fields: str) -> int:
    """Send a form; the status."""
    return client.post(url, data={**fields, "csrf_token": token_of(client)}).status_code


def acts(app: Flask) -> list[tuple[str, str]]:
    """Who did what, by the audit."""
    with app.app_context():
        assert audit.find_break() is None
        rows = db.session.execute(select(AuditEntry.actor, AuditEntry.act).order_by(AuditEntry.id))
        return [(actor, act) for actor, act in rows if act.startswith("association.")]


def test_from_the_application_to_the_directory(app: Flask, client: FlaskClient) -> None:
    zoe = signed_in(app, "zoe@valclair.example")
    answer = send(zoe, APPLY, APPLY, **FORM)
    assert answer.status_code == 303
    assert "Your application has arrived" in page(zoe.get(answer.location))
    assert "Green Hands" not in page(client.get("/en/associations"))
    page(client.get("/en/associations/1"), 404)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    assert "Green Hands" in page(officer.get("/en/office/associations"))
    assert post(officer, "/en/office/associations/1/validate") == 303
    assert "Green Hands" in page(client.get("/en/associations"))
    html = page(client.get("/en/associations/1"))
    assert 'href="https://hands.example/garden?a=1&amp;b=2" rel="nofollow noopener noreferrer"' in html
    assert "<p>We garden behind the station.</p><p>Come on Saturdays.</p>" in html
    assert "Zoë" not in html
    assert "you are its delegate" in texts_to(app, "zoe@valclair.example")[-1]
    assert "delegate" in page(zoe.get(OWN))
    page(zoe.get(f"{OWN}/1/members"))


def test_a_refused_application_is_mended_and_sent_again(app: Flask) -> None:
    zoe = signed_in(app, "zoe@valclair.example")
    send(zoe, APPLY, APPLY, **FORM)
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    assert post(officer, "/en/office/associations/1/refuse", reason="  ") == 422
    assert post(officer, "/en/office/associations/1/refuse", reason="The statutes are missing.") == 303
    assert "The statutes are missing." in texts_to(app, "zoe@valclair.example")[-1]
    assert "The statutes are missing." in page(zoe.get(f"{OWN}/1/page"))
    assert post(officer, "/en/office/associations/1/validate") == 409
    assert send(zoe, f"{OWN}/1/page", f"{OWN}/1/page", **{**FORM, "size": "43"}).status_code == 303
    assert post(officer, "/en/office/associations/1/validate") == 303
    assert post(officer, "/en/office/associations/1/validate") == 409
    with app.app_context():
        assert db.session.get_one(Association, 1).size == 43


WRONG = {
    "name": "x" * 121, "purpose": " ", "theme": "nonsense", "statutes_on-year": "2999", "size": "many",
    "email": "nobody", "website": "http://hands.example", "phone": "1" * 41, "member": "a\u2028b",
}  # fmt: skip


def test_all_faults_are_told_at_once_and_what_was_typed_is_kept(app: Flask) -> None:
    zoe = signed_in(app, "zoe@valclair.example")
    html = page(send(zoe, APPLY, APPLY, **{**FORM, **WRONG}), 422)
    for field in ("name", "purpose", "theme", "statutes_on", "size", "email", "website", "phone", "member"):
        assert f'href="#{field}"' in html, field
    assert 'value="nobody"' in html
    assert 'value="2999"' in html
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Association)) == 0


@pytest.mark.parametrize(
    "website",
    ["javascript:alert(1)", "https://bank.example@evil.example", "https://x", "https://a.b/\" onclick=x", "//a.b",
     "https://[", "https://a.b:port/", "data:text/html,x", "https://аpple.example"],
)  # fmt: skip
def test_a_website_is_an_https_address_that_hides_nothing(app: Flask, website: str) -> None:
    zoe = signed_in(app, "zoe@valclair.example")
    html = page(send(zoe, APPLY, APPLY, **{**FORM, "website": website}), 422)
    assert 'href="#website"' in html


def test_a_name_and_a_number_stand_once_on_the_register_and_applications_cannot_hold_one(app: Flask) -> None:
    for name in ("zoe", "eve"):
        client = signed_in(app, f"{name}@valclair.example")
        assert send(client, APPLY, APPLY, **FORM).status_code == 303
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    assert post(officer, "/en/office/associations/2/validate") == 303
    assert post(officer, "/en/office/associations/1/validate") == 422
    assert post(officer, "/en/office/associations/1/refuse", reason="It is there already.") == 303
    html = page(send(client, APPLY, APPLY, **{**FORM, "name": " GREEN  hands"}), 422)
    assert "An association of this name is on the register" in html
    assert "An association with this number is on the register" in html
    with app.app_context():
        db.session.get_one(Association, 1).state = State.REGISTERED
        with pytest.raises(IntegrityError):
            db.session.flush()


def test_two_at_once_with_one_name_are_told_apart_by_the_database(app: Flask) -> None:
    gate, ends = Barrier(2), []

    def add(name: str) -> None:
        with app.app_context(), app.test_request_context("/en/", method="POST"):
            gate.wait()
            try:
                service.add("shell", Description(name, "We garden.", "nature"))
                db.session.commit()
                ends.append("added")
            except WrongDescription:
                db.session.rollback()
                ends.append("refused")

    threads = [Thread(target=add, args=(name,)) for name in ("Green Hands", "Gréen hands")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["added", "refused"]


def test_the_directory_is_searched_by_words_theme_and_district_and_turns_its_pages(
    app: Flask, client: FlaskClient
) -> None:
    register(app, "Éclats de rire", theme="culture", district="Old Town")
    register(app, "100% wool_club", district="The Mills")
    for number in range(24):
        register(app, f"Club {number:02}", theme="sport")
    assert "Club 19" not in page(client.get("/en/associations"))
    html = page(client.get("/en/associations?page=2"))
    assert "Club 23" in html
    assert "Page 2 of 2" in html
    assert page(client.get("/en/associations?page=-7")).count("Page 1 of 2") == 1
    for query, found in {
        "q=eclats+RIRE": "Éclats de rire", "theme=culture": "Éclats de rire", "district=The+Mills": "100% wool_club",
        "q=100%25+wool_": "100% wool_club",
    }.items():  # fmt: skip
        html = page(client.get(f"/en/associations?{query}"))
        assert found in html, query
        assert "Club 00" not in html
    for query in ("q=%25", "q=_l_b"):
        assert "Club 00" not in page(client.get(f"/en/associations?{query}")), "% and _ are letters"
    assert "No association matches" in page(client.get("/en/associations?q=zzz"))


def test_public_pages_are_shared_and_own_ones_are_kept_by_no_cache(app: Flask, client: FlaskClient) -> None:
    register(app)
    for path in ("/en/associations", "/en/associations/1"):
        assert "s-maxage" in client.get(path).headers["Cache-Control"]
        signed = signed_in(app, "zoe@valclair.example").get(path)
        assert "s-maxage" not in signed.headers.get("Cache-Control", "")
    assert signed_in(app, "zoe@valclair.example").get(OWN).headers["Cache-Control"] == "private, no-store"


def test_a_person_asks_and_a_delegate_answers_in_the_name_of_the_association(app: Flask) -> None:
    one = register(app)
    dora_id = join(app, one, "dora@valclair.example")
    zoe, dora = signed_in(app, "zoe@valclair.example"), signed_in(app, "dora@valclair.example")
    zoe_id = person_of(app, "zoe@valclair.example")
    here = f"/en/associations/{one}"
    assert send(zoe, f"{here}/requests", here, member=" ").status_code == 422
    assert send(zoe, f"{here}/requests", here, member="Zoë of plot 7").status_code == 303
    assert post(zoe, f"{here}/requests", member="Zoë") == 409
    assert "Zoë of plot 7" in texts_to(app, "dora@valclair.example")[-1]
    assert "Zoë of plot 7" in page(dora.get(f"{OWN}/{one}/members"))
    assert "1 person waits for you" in page(dora.get(OWN))
    assert post(zoe, f"{OWN}/{one}/members/{zoe_id}/confirm") == 403
    assert post(dora, f"{OWN}/{one}/members/{zoe_id}/confirm") == 303
    assert post(dora, f"{OWN}/{one}/members/{zoe_id}/confirm") == 409
    assert standing(app, one, zoe_id) == "member"
    assert "listed as a member" in texts_to(app, "zoe@valclair.example")[-1]
    assert (f"person:{dora_id} for association:{one}", "association.confirm") in acts(app)
    assert post(zoe, f"{OWN}/{one}/leave") == 303
    assert standing(app, one, zoe_id) is None


def test_a_name_is_no_link_in_a_letter_to_others(app: Flask) -> None:
    """A11: whoever asks, and whoever applies for an association, chooses what stands in letters of the council."""
    one = register(app, "Win at evil.example")
    join(app, one, "dora@valclair.example")
    zoe, dora = signed_in(app, "zoe@valclair.example"), signed_in(app, "dora@valclair.example")
    number = person_of(app, "zoe@valclair.example")
    assert post(zoe, f"/en/associations/{one}/requests", member="https://evil.example/now") == 303
    assert post(dora, f"{OWN}/{one}/members/{number}/confirm") == 303
    for address in ("dora@valclair.example", "zoe@valclair.example"):
        (letter,) = texts_to(app, address)
        assert "evil. example" in letter
        assert "evil.example" not in letter
        assert "https://participe.valclair.example/" in letter


def test_a_refused_person_is_told_and_may_ask_again(app: Flask) -> None:
    one = register(app)
    join(app, one, "dora@valclair.example")
    zoe, dora = signed_in(app, "zoe@valclair.example"), signed_in(app, "dora@valclair.example")
    number = person_of(app, "zoe@valclair.example")
    for _ in range(2):
        assert post(zoe, f"/en/associations/{one}/requests", member="Zoë") == 303
        assert post(dora, f"{OWN}/{one}/members/{number}/remove") == 303
    letters = texts_to(app, "zoe@valclair.example")
    assert len(letters) == 2
    assert "did not confirm" in letters[-1]


def test_the_last_delegate_names_another_one_before_leaving(app: Flask) -> None:
    one = register(app)
    dora_id, zoe_id = (join(app, one, f"{name}@valclair.example", standing) for name, standing in
                       (("dora", Standing.DELEGATE), ("zoe", Standing.MEMBER)))  # fmt: skip
    dora = signed_in(app, "dora@valclair.example")
    for step in ("step_back", "leave"):
        answer = dora.post(f"{OWN}/{one}/{step}", data={"csrf_token": token_of(dora)})
        assert "You are the last delegate" in page(answer, 409)
    assert post(dora, f"{OWN}/{one}/members/{zoe_id}/appoint") == 303
    assert post(dora, f"{OWN}/{one}/members/{zoe_id}/remove") == 403, "delegates do not unseat each other"
    assert post(dora, f"{OWN}/{one}/step_back") == 303
    assert (standing(app, one, dora_id), standing(app, one, zoe_id)) == ("member", "delegate")
    with app.app_context(), pytest.raises(LastDelegate):
        membership.leave(zoe_id, one)


def test_a_last_delegate_who_closes_the_account_leaves_no_ghost_and_everybody_concerned_knows(
    app: Flask,
) -> None:
    one = register(app, email="hands@green.example")
    two = register(app, "Runners", email="runners@green.example")
    dora_id = join(app, one, "dora@valclair.example")
    join(app, one, "zoe@valclair.example", Standing.MEMBER)
    for name in ("dora", "tom"):
        join(app, two, f"{name}@valclair.example")
    dora = signed_in(app, "dora@valclair.example")
    assert post(dora, "/en/account/erasure", typed="dora@valclair.example") == 303
    assert (standing(app, one, dora_id), standing(app, two, dora_id)) == (None, None), "at once"
    with app.app_context(), pytest.raises(LastDelegate):
        membership.step_back(person_of(app, "tom@valclair.example"), two)
    (letter,) = texts_to(app, "hands@green.example")
    assert "Green Hands" in letter
    assert not texts_to(app, "runners@green.example")
    officer = signed_in(app, "marta@valclair.example", Role.OFFICER)
    told = "Their last delegate has closed their account"
    html = page(officer.get("/en/office/associations"))
    assert told in html
    assert html.index(told) < html.index("Green Hands") < html.index("Runners")
    assert (f"person:{dora_id}", "association.left_alone") in acts(app)
    let_pass(app)
    erase_all(app)
    assert told in page(officer.get("/en/office/associations"))
    assert (
        post(officer, f"/en/office/associations/{one}/delegate", email="zoe@valclair.example", member="Zoë")
        == 303
    )
    assert told not in page(officer.get("/en/office/associations"))


def test_an_association_without_an_address_is_not_written_to(app: Flask) -> None:
    one = register(app)
    join(app, one, "dora@valclair.example")
    dora = signed_in(app, "dora@valclair.example")
    assert post(dora, "/en/account/erasure", typed="dora@valclair.example") == 303
    with app.app_context():
        recipients = db.session.scalars(select(OutboxMessage.recipient)).all()
    assert all(len(to) > 1 for to in recipients), recipients


def test_only_a_delegate_of_that_very_association_acts_for_it(app: Flask) -> None:
    """A17."""
    mine, other = register(app), register(app, "The Screwdriver")
    dora = join(app, mine, "dora@valclair.example")
    member = join(app, other, "zoe@valclair.example", Standing.MEMBER)
    join(app, mine, "zoe@valclair.example", Standing.ASKED)
    client = signed_in(app, "dora@valclair.example")
    for name, number in (("dora", other), ("zoe", other), ("zoe", mine)):
        client = signed_in(app, f"{name}@valclair.example")
        for path in (f"{OWN}/{number}/page", f"{OWN}/{number}/members"):
            assert client.get(path).status_code == 403, (name, path)
        assert post(client, f"{OWN}/{number}/page", **FORM) == 403
        assert post(client, f"{OWN}/{number}/renew") == 403
        assert post(client, f"{OWN}/{number}/step_back") == 403
        for wish in ("confirm", "appoint", "remove"):
            assert post(client, f"{OWN}/{number}/members/{member}/{wish}") == 403
    with app.app_context():
        assert [one.id for one in service.acting_for(dora)] == [mine]
        assert service.acting_for(member) == []
        assert service.check_may_act(dora, mine).actor == f"person:{dora} for association:{mine}"
        with pytest.raises(NotDelegate):
            service.check_may_act(dora, other)
        with pytest.raises(NotFound):
            service.check_may_act(dora, 999)
        assert db.session.get_one(Association, other).name == "The Screwdriver"
    assert standing(app, other, member) == "member"


def test_an_overdue_association_does_nothing_until_a_delegate_renews(app: Flask, client: FlaskClient) -> None:
    one = register(app)
    person = join(app, one, "dora@valclair.example")
    dora = signed_in(app, "dora@valclair.example")
    let_be_due(app, one, 0)
    assert "Green Hands" in page(client.get("/en/associations")), "the day itself belongs to it"
    let_be_due(app, one, -1)
    assert "Green Hands" not in page(client.get("/en/associations"))
    page(client.get(f"/en/associations/{one}"), 404)
    assert "overdue" in page(dora.get(f"/en/associations/{one}"))
    assert dora.get(f"{OWN}/{one}/members").status_code == 409
    with app.app_context():
        assert service.acting_for(person) == []
        with pytest.raises(RenewFirst):
            service.check_may_act(person, one)
    assert "we still exist" in page(dora.get(OWN))
    assert post(dora, f"{OWN}/{one}/renew") == 303
    assert "Green Hands" in page(client.get("/en/associations"))
    assert (f"person:{person} for association:{one}", "association.renew") in acts(app)


def test_delegates_are_reminded_thirty_and_seven_days_before_once_each(app: Flask) -> None:
    one = register(app)
    join(app, one, "dora@valclair.example")
    join(app, one, "zoe@valclair.example", Standing.MEMBER)
    written: dict[int, int] = {}
    with app.app_context():
        due_on = db.session.get_one(Association, one).due_on
        assert due_on
        for left in range(40, -5, -1):
            service.remind(due_on - timedelta(days=left))
            written[left] = db.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0
    assert [left for left in range(39, -5, -1) if written[left] > written[left + 1]] == [30, 7]
    assert written[-4] == 2


def test_a_site_that_was_down_on_the_day_reminds_on_the_next_one_and_nobody_of_what_is_past(
    app: Flask,
) -> None:
    one, two = register(app, due_in=5), register(app, "The Screwdriver", due_in=-1)
    for number in (one, two):
        join(app, number, "dora@valclair.example")
    with app.app_context():
        jobs.remind()
        jobs.forget()
    (letter,) = texts_to(app, "dora@valclair.example")
    assert "Green Hands" in letter


def test_too_many_applications_are_slowed_down(app: Flask) -> None:
    zoe = signed_in(app, "zoe@valclair.example")
    for number in range(5):
        assert send(zoe, APPLY, APPLY, **{**FORM, "name": f"Club {number}"}).status_code == 303
    assert send(zoe, APPLY, APPLY, **FORM).status_code == 429


@pytest.mark.parametrize("sign", ["\u200b", "\u2060", "\u00ad", "\u202e", "\ufeff"])
def test_no_sign_that_nobody_sees_makes_a_twin_of_a_registered_name(app: Flask, sign: str) -> None:
    with app.test_request_context("/en/"):
        with pytest.raises(WrongDescription) as refused:
            forms.read_description(forms.typed(FORM | {"name": f"Green{sign} Hands"}))
        assert set(refused.value.fields) == {"name"}
        assert forms.read_description(forms.typed(FORM | {"name": "\u0646\u200c\u0627"})).name
