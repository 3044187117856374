"""Who may call a route: each one declares it, and an undeclared one stops the app from starting (guarantees A12)."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import Any, Protocol, TypeVar

from flask import Flask, Request, current_app, g, request
from flask.sessions import SessionInterface

from app.core.errors import NotAllowed, SignInNeeded

View = TypeVar("View", bound=Callable[..., Any])


class Role(IntEnum):
    """Roles, each including the ones before it."""

    ANYONE = 0
    RESIDENT = 1
    OFFICER = 2
    ADMINISTRATOR = 3


class NoSession(SessionInterface):
    """Nothing of Flask's own session: who is calling is a row of ours, and no cookie of Flask's is read or set."""

    def open_session(self, app: Flask, request: Request) -> None:
        """Open none; writing into it is a fault."""


class Caller(Protocol):
    """The signed-in person, as far as the policy needs to know."""

    @property
    def role(self) -> Role:
        """The highest role in force in this session (staff roles only after the second factor)."""


def allow(role: Role) -> Callable[[View], View]:
    """Declare the least role that may call the view."""

    def mark(view: View) -> View:
        view.allowed_role = role  # type: ignore[attr-defined]
        return view

    return mark


def me() -> Caller | None:
    """The person of this request, or None."""
    caller: Caller | None = g.get("me")
    return caller


def init_app(app: Flask) -> None:
    """Check the policy before every view."""
    app.before_request(_enforce)


def check_complete(app: Flask) -> None:
    """Raise RuntimeError naming every endpoint without a declared policy."""
    bare = sorted(
        name
        for name, view in app.view_functions.items()
        if not hasattr(view, "allowed_role") and name != "static"
    )
    if bare:
        raise RuntimeError("routes that declare no policy: " + ", ".join(bare))


def _enforce() -> None:
    if request.endpoint is None or request.endpoint == "static":
        return
    needed: Role = vars(current_app.view_functions[request.endpoint])["allowed_role"]
    caller = me()
    if needed > Role.ANYONE and caller is None:
        raise SignInNeeded
    if caller is not None and caller.role < needed:
        raise NotAllowed
