"""What only a trial site has: the mail box page, and links that sign in completely."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app.core.db import db
from app.core.policy import Role
from app.mail import delivery
from app.people import service as people
from app.sign_in import factors
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.callers import person_of
from tests.web.conftest import make_client, page

OMAR = "omar@example.org"


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Flask]:
    """A trial site, as `civic install --trial` makes it."""
    url = f"sqlite:///{tmp_path}/civic.db"
    settings = make_settings(url, tmp_path, trial="yes", public_url="http://localhost:8321")
    with empty_site(settings) as site:
        yield site


def test_letters_of_a_trial_are_shown_and_not_sent(trial: Flask) -> None:
    client = make_client(trial)
    assert client.post("/en/sign-in", data={"email": "ana@example.org"}).status_code == 303
    with trial.app_context():
        assert delivery.deliver_codes() == 1, "it needs no mail server"
    html = page(client.get("/en/mailbox"))
    assert "ana@example.org" in html
    assert '<a href="http://localhost:8321/en/sign-in/' in html


def test_a_real_site_has_no_mail_box(app: Flask) -> None:
    page(make_client(app).get("/en/mailbox"), 404)


def test_the_cookie_of_a_trial_works_without_https(trial: Flask) -> None:
    person_of(trial, OMAR, Role.OFFICER)
    with trial.app_context():
        person = people.find_person_by_email(OMAR)
        assert person is not None
        url, _ = factors.draw_link(person, "trial")
        db.session.commit()
    client = make_client(trial)
    path = urlsplit(url).path
    page(client.get(path))
    answer = client.post(path)
    assert (answer.status_code, answer.location) == (303, "/en/office")
    assert answer.headers["Set-Cookie"].startswith("civic=")
    assert "Secure" not in answer.headers["Set-Cookie"]
    page(client.get("/en/account"))
    page(client.get("/en/office/staff"), 403)
    page(make_client(trial).post(path), 410)
