"""Browsers that are signed in already, for tests that are about something else."""

from __future__ import annotations

from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.policy import Role
from app.people import service as people
from app.sign_in import sessions
from tests.web.conftest import make_client


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
