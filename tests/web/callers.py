"""Browsers of people: signed in already, one a role, or signing in as people do."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.sign_in import sessions
from tests.web.conftest import make_client
from tests.web.letters import code_in, texts_to


def person_of(app: Flask, email: str, role: Role = Role.RESIDENT, *, name: str = "") -> int:
    """The number of a person with a confirmed address and this role; opens the account if need be."""
    with app.app_context():
        person = people.ensure_person(email, "en")
        people.confirm_address(person, email)
        people.describe(person, name, "en")
        people.grant_role(person, role, "shell")
        db.session.commit()
        return person.id


def signed_in(app: Flask, email: str, role: Role = Role.RESIDENT, *, name: str = "") -> FlaskClient:
    """A browser signed in as that person, staff with their second factor."""
    number = person_of(app, email, role, name=name)
    client = make_client(app)
    with app.app_context():
        token = sessions.begin(people.get_person(number), second_factor=role > Role.RESIDENT)
        db.session.commit()
    host = app.config["CIVIC"].hostname
    client.set_cookie("__Host-civic", token, domain=host, path="/", secure=True)
    return client


def browsers(app: Flask) -> dict[Role | None, FlaskClient]:
    """One browser for each role."""
    made: dict[Role | None, FlaskClient] = {None: make_client(app)}
    for role in (Role.RESIDENT, Role.OFFICER, Role.ADMINISTRATOR):
        made[role] = signed_in(app, f"{role.name.lower()}@example.org", role)
    return made


def ask(client: FlaskClient, address: str, **more: str) -> str:
    """Ask for a code; the path of the page on which to enter it."""
    answer = client.post("/en/sign-in", data={"email": address, **more})
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path


def sign_in(app: Flask, client: FlaskClient, address: str, **more: str) -> TestResponse:
    """Ask for a code and enter it."""
    where = ask(client, address, **more)
    return client.post(where, data={"code": code_in(texts_to(app, address)[-1])})
