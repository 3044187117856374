"""Sessions: one row a signed-in browser, a random token in a cookie, and who is calling in each request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, current_app, g, request
from sqlalchemy import Row, bindparam, delete, select, update
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app.core import clock, cookies
from app.core.db import ask, count_changed, db
from app.core.policy import Role
from app.people import queries as people
from app.people.models import Person
from app.sign_in.keeping import draw_token, keep
from app.sign_in.models import Session

NAME = "civic"
IDLE = {True: timedelta(hours=3), False: timedelta(days=7)}
"""How long a session may lie unused: with the second factor, without. A trial's staff have the longer one."""
LONGEST = {True: timedelta(hours=12), False: timedelta(days=30)}
"""How long it lives at most."""
_TOUCH = timedelta(minutes=5)
Facts = Row[*tuple[Any, ...]]
"""What decides about a session, as columns of the tables: every page of a signed-in person asks for them."""
_SESSION, _PERSON = Session.__table__.c, Person.__table__.c
_FACTS = select(
    _SESSION.id,
    _SESSION.person_id,
    _SESSION.began_at,
    _SESSION.seen_at,
    _SESSION.ends_at,
    _SESSION.second_factor_at,
    _PERSON.display_name,
    _PERSON.language,
    _PERSON.role,
    _PERSON.sessions_from,
    _PERSON.disabled_at,
).join_from(Session.__table__, Person.__table__, _PERSON.id == _SESSION.person_id)
_BY_TOKEN = _FACTS.where(_SESSION.token_hash == bindparam("token_hash"))


@dataclass(frozen=True)
class Caller:
    """The signed-in person of a request: `g.me`. `role` is the one in force, `granted_role` the one the person holds."""

    id: int
    name: str
    language: str
    role: Role
    granted_role: Role
    session_id: int

    @property
    def actor(self) -> str:
        """How the audit names the caller."""
        return f"person:{self.id}"


def begin(person: Person, *, code_id: int | None = None, second_factor: bool = False) -> str:
    """Sign a browser in and return the token for its cookie. A session that the browser had before is over (rotation)."""
    now = clock.now()
    token = draw_token()
    end_current()
    db.session.add(
        Session(
            token_hash=keep("session", token),
            person_id=person.id,
            code_id=code_id,
            began_at=now,
            seen_at=now,
            ends_at=now + LONGEST[_is_guarded(second_factor)],
            second_factor_at=now if second_factor else None,
        )
    )
    db.session.flush()
    return token


def end_current() -> None:
    """Sign this browser out."""
    if g.get("me") is not None:
        db.session.execute(delete(Session).where(Session.id == g.me.session_id))


def is_fresh(within: timedelta) -> bool:
    """Whether this browser signed in so short a time ago."""
    began = select(Session.began_at).where(Session.id == g.me.session_id)
    began_at = db.session.scalar(began)
    return began_at is not None and clock.now() - began_at <= within


def list_live(person_id: int) -> list[Facts]:
    """The person's signed-in browsers (`id`, `began_at`, `seen_at`), the newest first."""
    now = clock.now()
    rows = db.session.execute(_FACTS.where(_SESSION.person_id == person_id).order_by(_SESSION.id.desc()))
    return [row for row in rows if _is_live(row, now)]


def delete_ended() -> int:
    """Remove sessions that are over; returns how many."""
    now = clock.now()
    idle = Session.seen_at < now - max(IDLE.values())
    return count_changed(delete(Session).where((Session.ends_at < now) | idle))


def set_cookie(answer: Response, token: str) -> None:
    """Hand the token to the browser, out of reach of scripts and other sites. It outlives the window, the row decides."""
    cookies.hand_over(answer, NAME, token, LONGEST[False])


def delete_cookie(answer: Response) -> None:
    """Take the token away from the browser."""
    cookies.take_away(answer, NAME)


def init_app(app: Flask) -> None:
    """Find out who is calling before the policy asks."""
    app.before_request(_load)
    app.jinja_env.globals["my_address"] = _my_address


def _my_address() -> str:
    """The address of the account that is signed in: pages where something is done for good name it."""
    point = people.find_email(g.me.id) if g.get("me") else None
    return point.address if point else ""


def _load() -> None:
    token = cookies.read(NAME)
    if (
        not token
        or request.endpoint is None
        or "lang" not in (request.url_rule.arguments if request.url_rule else ())
    ):
        return
    token_hash = keep("session", token)
    found = ask(_BY_TOKEN, {"token_hash": token_hash}).first()
    now = clock.now()
    if found is None or not _is_live(found, now):
        return
    granted = Role[found.role.upper()]
    g.session_key = token_hash
    g.me = Caller(
        id=found.person_id,
        name=found.display_name,
        language=found.language,
        role=granted if found.second_factor_at else Role.RESIDENT,
        granted_role=granted,
        session_id=found.id,
    )
    if now - found.seen_at > _TOUCH:
        _touch(found.id, now)


def _is_live(facts: Facts, now: datetime) -> bool:
    idle = IDLE[_is_guarded(facts.second_factor_at is not None)]
    return (
        facts.disabled_at is None
        and facts.began_at >= facts.sessions_from
        and now < facts.ends_at
        and now < facts.seen_at + idle
    )


def _touch(session_id: int, now: datetime) -> None:
    # A transaction of its own, before the view's: a page that only reads must not hold a write lock.
    try:
        db.session.execute(update(Session).where(Session.id == session_id).values(seen_at=now))
        db.session.commit()
    except OperationalError:
        db.session.rollback()


def _is_guarded(second_factor: bool) -> bool:
    return second_factor and not current_app.config["CIVIC"].trial
