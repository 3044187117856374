"""The second factor of staff, and the one-time links with which it is set up (guarantees A17, A28, A30)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from app.core import audit, clock
from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.sign_in import factors, staff
from app.sign_in.keeping import totp_secret
from app.sign_in.models import OneTimeLink, RecoveryCode, SecondFactor, Session
from tests.web.callers import person_of, sign_in, signed_in
from tests.web.conftest import make_client, page
from tests.web.letters import link_in, texts_to

OMAR = "omar@example.org"


def appoint(app: Flask, role: Role = Role.OFFICER) -> str:
    """Make Omar staff; the path of his one-time link."""
    with app.app_context():
        url, _ = staff.appoint(OMAR, role, "en", "shell")
        db.session.commit()
    return urlsplit(url).path


def seed_of(app: Flask) -> str:
    """Of which Omar's key is made."""
    with app.app_context():
        return db.session.scalars(select(OneTimeLink.seed).order_by(OneTimeLink.id.desc())).first() or ""


def number_of(app: Flask) -> str:
    """What Omar's app shows now."""
    with app.app_context():
        return pyotp.TOTP(totp_secret(seed_of(app))).at(clock.now())


def field_in(html: str) -> str:
    """The mark of the key that a page shows."""
    found = re.search(r'name="shown" value="([^"]+)"', html)
    assert found
    return found[1]


def token_in(html: str) -> str:
    """The CSRF token of a page."""
    found = re.search(r'name="csrf_token" value="(\w*)"', html)
    assert found
    return found.group(1)


def set_up(app: Flask, client: FlaskClient) -> list[str]:
    """Omar sets his second factor up; his recovery codes."""
    path = appoint(app)
    client.post(path)
    html = page(client.post(f"{path}/set-up", data={"number": number_of(app)}))
    return re.findall(r"<code>([a-z0-9-]{11})</code>", html)


def forget_last_step(app: Flask) -> None:
    """As if half a minute had passed since the last number."""
    with app.app_context():
        db.session.execute(update(SecondFactor).values(last_step=SecondFactor.last_step - 10))
        db.session.commit()


def test_an_officer_sets_the_second_factor_up_by_the_one_time_link(app: Flask, client: FlaskClient) -> None:
    path = appoint(app, Role.ADMINISTRATOR)
    page(client.get(path))
    html = page(client.post(path))
    assert "<svg" in html
    assert 'style="' not in html
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", html)
    assert secret
    number = pyotp.TOTP(secret.group(1).replace(" ", "")).now()
    html = page(client.post(f"{path}/set-up", data={"number": f"{number[:3]} {number[3:]}"}))
    assert len(re.findall(r"<code>[a-z0-9]{5}-[a-z0-9]{5}</code>", html)) == 10
    page(client.get("/en/office/staff"))
    page(make_client(app).post(path), 410)
    page(make_client(app).post(f"{path}/set-up", data={"number": number}), 410)


def test_fetching_the_one_time_link_shows_no_secret_and_spends_nothing(
    app: Flask, client: FlaskClient
) -> None:
    path = appoint(app)
    for _ in range(3):
        assert "<code>" not in page(client.get(path))
    assert "<code>" in page(client.post(path))


def test_a_code_alone_does_not_give_the_officer_role(app: Flask, client: FlaskClient) -> None:
    set_up(app, make_client(app))
    answer = sign_in(app, client, OMAR)
    assert answer.location.startswith("/en/second-factor")
    page(client.get("/en/office/staff"), 403)
    html = page(client.get("/en/second-factor"))
    before = client.get_cookie("__Host-civic", domain=app.config["CIVIC"].hostname)
    forget_last_step(app)
    answer = client.post("/en/second-factor", data={"number": number_of(app), "csrf_token": token_in(html)})
    assert answer.status_code == 303
    after = client.get_cookie("__Host-civic", domain=app.config["CIVIC"].hostname)
    assert before
    assert after
    assert before.value != after.value
    thief = make_client(app)
    thief.set_cookie("__Host-civic", before.value, domain=app.config["CIVIC"].hostname, secure=True)
    assert thief.get("/en/account").status_code == 303


def test_a_number_does_not_work_twice(app: Flask) -> None:
    path = appoint(app)
    used = number_of(app)
    page(make_client(app).post(f"{path}/set-up", data={"number": used}))
    client = make_client(app)
    sign_in(app, client, OMAR)
    token = token_in(client.get("/en/second-factor").text)
    page(client.post("/en/second-factor", data={"number": used, "csrf_token": token}), 422)


def test_ten_numbers_an_hour_may_be_tried(app: Flask, client: FlaskClient) -> None:
    set_up(app, make_client(app))
    sign_in(app, client, OMAR)
    token = token_in(client.get("/en/second-factor").text)
    for tried in range(11):
        answer = client.post("/en/second-factor", data={"number": "abcdef", "csrf_token": token})
        assert answer.status_code == (422 if tried < 9 else 429)
    forget_last_step(app)
    answer = client.post("/en/second-factor", data={"number": number_of(app), "csrf_token": token})
    page(answer, 429)


def test_a_recovery_code_works_once(app: Flask) -> None:
    codes = set_up(app, make_client(app))
    assert len(set(codes)) == 10
    for typed, status in ((codes[3].upper().replace("-", " "), 303), (codes[3], 422), (codes[4], 303)):
        client = make_client(app)
        sign_in(app, client, OMAR)
        token = token_in(client.get("/en/second-factor").text)
        assert (
            client.post("/en/second-factor", data={"number": typed, "csrf_token": token}).status_code
            == status
        )
    with app.app_context():
        kept = db.session.scalars(select(RecoveryCode.code_hash)).all()
        assert not set(codes) & set(kept)


def test_a_new_code_by_mail_does_not_reset_the_second_factor(app: Flask) -> None:
    set_up(app, make_client(app))
    for _ in range(3):
        client = make_client(app)
        sign_in(app, client, OMAR)
        page(client.get("/en/office/staff"), 403)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SecondFactor)) == 1


def test_a_new_link_replaces_the_old_one_and_leaves_the_factor_until_used(
    app: Flask, client: FlaskClient
) -> None:
    first = appoint(app)
    second = appoint(app)
    page(client.post(first), 410)
    page(client.post(second))


def test_a_key_that_somebody_saw_before_works_for_nobody(app: Flask, client: FlaskClient) -> None:
    path = appoint(app)
    page(make_client(app).post(path))
    seen = seed_of(app)
    shown = page(client.post(path))
    assert seed_of(app) != seen
    page(make_client(app).post(path))  # once more, while Omar scans
    form = {"number": number_of(app), "shown": field_in(shown)}
    html = page(client.post(f"{path}/set-up", data=form), 409)
    assert "opened again since" in html
    form = {"number": number_of(app), "shown": field_in(html)}
    page(client.post(f"{path}/set-up", data=form))
    with app.app_context():
        assert db.session.scalars(select(SecondFactor.seed)).one() == field_in(html) != seen
        shows = select(func.count()).where(audit.AuditEntry.act == "person.key_shown")
        assert db.session.scalar(shows) == 4


def test_a_link_ends_when_it_said_whatever_is_asked_for_meanwhile(app: Flask, client: FlaskClient) -> None:
    path = appoint(app)
    with app.app_context():
        before = db.session.scalars(select(OneTimeLink.expires_at)).one()
    client.post(path)
    sign_in(app, client, OMAR)
    with app.app_context():
        assert db.session.scalars(select(OneTimeLink.expires_at)).one() == before
        db.session.execute(update(OneTimeLink).values(expires_at=clock.now() - timedelta(seconds=1)))
        db.session.commit()
    page(make_client(app).post(path), 410)
    page(make_client(app).post(f"{path}/set-up", data={"number": number_of(app)}), 410)


def test_an_administrator_invites_and_removes_staff(app: Flask) -> None:
    boss = signed_in(app, "boss@example.org", Role.ADMINISTRATOR)
    token = token_in(page(boss.get("/en/office/staff")))
    page(
        boss.post("/en/office/staff", data={"email": "nonsense", "role": "officer", "csrf_token": token}), 422
    )
    answer = boss.post("/en/office/staff", data={"email": OMAR, "role": "officer", "csrf_token": token})
    assert answer.status_code == 303
    path = link_in(texts_to(app, OMAR)[0])
    omar = make_client(app)
    page(omar.post(path))
    page(omar.post(f"{path}/set-up", data={"number": number_of(app)}))
    page(omar.get("/en/office/staff"), 403)
    with app.app_context():
        person = people.find_person_by_email(OMAR)
        assert person is not None
        number = person.id
    assert OMAR in page(boss.get("/en/office/staff"))
    assert boss.post(f"/en/office/staff/{number}/removal", data={"csrf_token": token}).status_code == 303
    assert omar.get("/en/account").status_code == 303
    with app.app_context():
        assert people.get_person(number).granted_role is Role.RESIDENT
        assert audit.find_break() is None


def test_the_last_administrator_cannot_be_removed_on_the_page(app: Flask) -> None:
    boss = signed_in(app, "boss@example.org", Role.ADMINISTRATOR)
    number = person_of(app, "boss@example.org", Role.ADMINISTRATOR)
    token = token_in(boss.get("/en/office/staff").text)
    html = page(boss.post(f"/en/office/staff/{number}/removal", data={"csrf_token": token}), 409)
    assert "last administrator" in html


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.OFFICER])
def test_only_administrators_see_and_change_staff(app: Flask, role: Role) -> None:
    client = signed_in(app, OMAR, role)
    page(client.get("/en/office/staff"), 403)
    token = token_in(page(client.get("/en/account")))
    data = {"email": OMAR, "role": "administrator", "csrf_token": token}
    page(client.post("/en/office/staff", data=data), 403)


def test_extra_fields_change_no_role(app: Flask) -> None:
    client = signed_in(app, OMAR)
    token = token_in(client.get("/en/account").text)
    data = {
        "display_name": "Omar",
        "language": "fr",
        "role": "administrator",
        "person_id": "1",
        "csrf_token": token,
    }
    assert client.post("/en/account", data=data).location == "/fr/account"
    with app.app_context():
        person = people.find_person_by_email(OMAR)
        assert person is not None
        assert (person.display_name, person.language, person.role) == ("Omar", "fr", "resident")


def test_signing_out_everywhere(app: Flask) -> None:
    one, two = signed_in(app, OMAR), signed_in(app, OMAR)
    token = token_in(page(one.get("/en/account")))
    one.post("/en/account/sign-out-everywhere", data={"csrf_token": token})
    assert two.get("/en/account").status_code == 303
    with app.app_context():
        live = db.session.scalars(select(Session)).all()
        assert len(live) == 2, "the rows stay until the worker forgets them; they are not in force"


def test_a_link_that_signs_in_completely_exists_in_a_trial_only(app: Flask) -> None:
    person_of(app, OMAR, Role.OFFICER)
    with app.app_context():
        person = people.find_person_by_email(OMAR)
        assert person is not None
        with pytest.raises(ValueError, match="only a trial"):
            factors.draw_link(person, "trial")
