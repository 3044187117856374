"""Mailings in words, in the language of the page: where one stands, what became of a reader."""

from __future__ import annotations

from flask_babel import gettext

from app.readers.models import Mailing
from app.readers.queries import Funnel
from app.readers.rules import Standing, State


def say_state(mailing: Mailing) -> tuple[str, str]:
    """Where a mailing stands, and the tone of its tag."""
    if mailing.paused_at is not None and mailing.state in (State.SCHEDULED, State.SENDING):
        return gettext("Paused"), "soon"
    return {
        State.DRAFT: (gettext("Draft"), "quiet"),
        State.SCHEDULED: (gettext("Confirmed, nothing has left"), "soon"),
        State.SENDING: (gettext("Being sent"), "open"),
        State.DONE: (gettext("All sent"), "done"),
        State.STOPPED: (gettext("Stopped"), "wrong"),
    }[State(mailing.state)]


def say_standing(standing: str) -> str:
    """What became of a reader, or why they are not written to."""
    return {
        Standing.CHOSEN: gettext("not decided yet"),
        Standing.NO_ADDRESS: gettext("no e-mail address"),
        Standing.UNCONFIRMED: gettext("address not confirmed"),
        Standing.SUPPRESSED: gettext("their address is not written to"),
        Standing.NO_CONSENT: gettext("no consent to such letters"),
        Standing.RECENT: gettext("got another mailing lately"),
        Standing.HANDED: gettext("waits to leave"),
        Standing.SENT: gettext("taken by their mail server"),
        Standing.REFUSED: gettext("refused by their mail server"),
        Standing.CAME_BACK: gettext("came back after it was taken"),
        Standing.COMPLAINED: gettext("complained of it to their mail provider"),
        Standing.STOPPED: gettext("not sent: it was stopped before it left"),
    }[Standing(standing)]


def rows_of(way: Funnel) -> list[tuple[str, int]]:
    """The funnel: what each part is, and its number."""
    return [
        (gettext("meant for"), way.chosen),
        (gettext("may be written to"), way.allowed),
        (gettext("taken by their mail server"), way.taken),
        (gettext("stopped such letters by this one"), way.left),
    ]
