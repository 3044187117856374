"""Puts the site together; starts nothing."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, redirect, url_for
from jinja2 import StrictUndefined
from werkzeug.wrappers import Response

from app import features
from app.core import (
    bodies,
    csrf,
    db,
    face,
    failures,
    headers,
    health,
    host,
    intake,
    languages,
    maintenance,
    policy,
    room,
)
from app.core.policy import Role, allow
from app.settings import Settings


def create_app(settings: Settings) -> Flask:
    """The site of these settings, as a WSGI application."""
    app = Flask("app", static_folder=None, template_folder="core/templates")
    app.config.update(
        CIVIC=settings,
        SECRET_KEY=settings.secret_key,
        TRUSTED_HOSTS=_hosts(settings),
        MAX_CONTENT_LENGTH=32 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=bodies.LARGEST_FORM,
        MAX_FORM_PARTS=2_000,
    )
    app.session_interface = policy.NoSession()
    app.jinja_environment = face.Templates
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.globals["me"] = policy.me
    for part in (db, host, languages, headers, face, failures, health):
        part.init_app(app)
    features.before_policy(app)
    for check in (policy, bodies, room, intake, csrf, maintenance):
        check.init_app(app)
    features.init_app(app)
    app.add_url_rule("/", "root", _root)
    policy.check_complete(app)
    return app


def _hosts(settings: Settings) -> list[str]:
    own = urlsplit(settings.base_url).hostname or settings.hostname
    return [own, "localhost"] if settings.trial else [own]


@allow(Role.ANYONE)
def _root() -> Response:
    answer = redirect(url_for("processes.home", lang=languages.preferred()), 302)
    answer.vary.add("Accept-Language")
    return answer
