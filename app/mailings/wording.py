"""Mailings in words, in the language of the page: whom one is meant for, where it stands, what became of a reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask_babel import gettext, ngettext

from app.core.formats import format_number
from app.processes import queries as processes
from app.readers import queries
from app.readers.rules import OUTCOMES, WATCHED
from app.segments import queries as segments
from app.segments.names import Names, load_names
from app.sending.rules import MOMENTS, Audience

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
    titles = load_names().processes
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


class Audiences:
    """Whom mailings are meant for, in words; what has a name is read once, when the first mailing asks for it."""

    @cached_property
    def _segments(self) -> Mapping[int, str]:
        return segments.list_names()

    @cached_property
    def _names(self) -> Names:
        return load_names()

    def say(self, text: str) -> str:
        """Whom a mailing is meant for."""
        audience = Audience.of(text)
        if audience is None or audience.kind == "people":
            return gettext("People whose addresses were pasted")
        if audience.kind == "segment":
            name = self._segments.get(audience.number, "?")
            return gettext("Segment: %(name)s", name=f"{name} ({audience.version})")
        if audience.kind in OUTCOMES:
            ended = self._names.mailings.get(audience.number)
            return say_outcome(audience.kind, ended.title if ended else "?")
        return say_moment(audience.kind, self._names.processes.get(audience.number, "?"))


def say_audience(text: str) -> str:
    """Whom one mailing is meant for."""
    return Audiences().say(text)


def say_people(number: int) -> str:
    """So many people."""
    return ngettext("%(people)s person", "%(people)s people", number, people=format_number(number))
