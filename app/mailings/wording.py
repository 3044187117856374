"""Mailings in words, in the language of the page: whom one is meant for, where it stands, what became of a reader."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext, ngettext

from app.core.formats import format_number
from app.mailings import queries
from app.mailings.models import Mailing
from app.mailings.queries import Funnel
from app.mailings.rules import MOMENTS, OUTCOMES, WATCHED, Audience, Standing, State
from app.processes import queries as processes
from app.segments import queries as segments
from app.segments import wording as segment_wording

MOST_ENDED = 5
"""Of so many mailings that ended last, readers are offered by what became of them."""


@dataclass(frozen=True)
class Choices:
    """Whom a mailing can be meant for: (value, words), the list of addresses last."""

    offered: tuple[tuple[str, str], ...]

    @property
    def values(self) -> list[str]:
        """What the form may send."""
        return [value for value, _ in self.offered]


def list_choices(pinned: str = "") -> Choices:
    """All segments in use, each moment of each published process, and what is chosen already."""
    titles = segment_wording.load_names().processes
    offered = [
        (f"segment:{one.pin[0]}:{one.pin[1]}", gettext("Segment: %(name)s", name=one.segment.name))
        for one in segments.list_described()
    ]
    for process in processes.list_processes(published=True):
        offered += [
            (str(Audience(kind, process.id)), say_moment(kind, titles[process.id])) for kind in MOMENTS
        ]
    for mailing in queries.list_ended(MOST_ENDED):
        kinds = OUTCOMES if mailing.is_watched else [kind for kind in OUTCOMES if kind not in WATCHED]
        offered += [(str(Audience(kind, mailing.id)), say_outcome(kind, mailing.title)) for kind in kinds]
    offered.append(("people", gettext("People whose addresses I paste")))
    if pinned and pinned not in [value for value, _ in offered]:
        offered.insert(0, (pinned, say_audience(pinned)))
    return Choices(tuple(offered))


def say_moment(kind: str, title: str) -> str:
    """The people of a moment of a process."""
    return {
        "opened": gettext("%(title)s has opened: to those who want news of processes", title=title),
        "last-days": gettext("%(title)s, last days: to those who began and did not vote", title=title),
        "results": gettext(
            "%(title)s, results: to those who took part or want news of processes", title=title
        ),
    }[kind]


def say_outcome(kind: str, title: str) -> str:
    """The people for whom an earlier mailing came to this."""
    return {
        "sent": gettext("Mailing “%(title)s”: to those who were sent it", title=title),
        "unopened": gettext("Mailing “%(title)s”: to those who did not open it", title=title),
        "clicked": gettext("Mailing “%(title)s”: to those who followed a link in it", title=title),
        "back": gettext("Mailing “%(title)s”: to those from whom it came back", title=title),
    }[kind]


def say_audience(text: str) -> str:
    """Whom a mailing is meant for."""
    audience = Audience.of(text)
    if audience is None or audience.kind == "people":
        return gettext("People whose addresses were pasted")
    if audience.kind == "segment":
        name = segments.get_described(audience.number).segment.name
        return gettext("Segment: %(name)s", name=f"{name} ({audience.version})")
    if audience.kind in OUTCOMES:
        return say_outcome(audience.kind, queries.get_mailing(audience.number).title)
    return say_moment(audience.kind, segment_wording.load_names().processes.get(audience.number, "?"))


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
        Standing.SUPPRESSED: gettext("mail to the address came back"),
        Standing.NO_CONSENT: gettext("no consent to such letters"),
        Standing.RECENT: gettext("got another mailing lately"),
        Standing.HANDED: gettext("waits to leave"),
        Standing.SENT: gettext("taken by their mail server"),
        Standing.REFUSED: gettext("refused by their mail server"),
        Standing.CAME_BACK: gettext("came back after it was taken"),
        Standing.STOPPED: gettext("not sent: the mailing was stopped"),
    }[Standing(standing)]


def rows_of(way: Funnel) -> list[tuple[str, int]]:
    """The funnel: what each part is, and its number."""
    return [
        (gettext("meant for"), way.chosen),
        (gettext("may be written to"), way.allowed),
        (gettext("taken by their mail server"), way.taken),
        (gettext("stopped such letters by this one"), way.left),
    ]


def say_people(number: int) -> str:
    """So many people."""
    return ngettext("%(people)s person", "%(people)s people", number, people=format_number(number))
