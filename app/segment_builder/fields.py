"""How the builder asks for a condition: its name, and for each thing it has to be told a label and the answers to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from flask import current_app
from flask_babel import gettext

from app.associations import wording as associations
from app.census import wording as census
from app.core import clock
from app.core.formats import format_day
from app.core.languages import NATIVE
from app.people import tags
from app.people import wording as people
from app.people.engagement import KINDS, Engagement
from app.people.purposes import BY_KEY
from app.readers.rules import WATCHED
from app.segments import queries, wording
from app.segments.names import Names
from app.segments.rules import FIELDS

Options = list[tuple[str, str]]


@dataclass(frozen=True)
class Asking:
    """What the builder's page needs to know; read from the database only when a condition asks for it."""

    names: Names

    @cached_property
    def districts(self) -> list[str]:
        """The districts of the census."""
        return queries.list_districts()

    @cached_property
    def tags(self) -> list[str]:
        """The tags that somebody has."""
        return tags.list_all_tags()

    def additions(self) -> Options:
        """What can be added to a group."""
        conditions = [
            (what, self.title(what))
            for field, all_ in FIELDS.items()
            for what in (f"{field}:{one}" for one in all_)
        ]
        return [
            *conditions,
            ("all", gettext("A group in which all must be so")),
            ("any", gettext("A group in which one must be so")),
        ]

    def groups(self) -> Options:
        """How the parts of a group go together."""
        return [
            ("all", gettext("All of this is so")),
            ("any", gettext("At least one of these is so")),
            ("none", gettext("None of this is so")),
            ("not-all", gettext("Not all of this is so")),
        ]

    def title(self, what: str) -> str:
        """The name of a condition."""
        return {
            "list:on": gettext("Census list"),
            "district:one-of": gettext("District"),
            "age:between": gettext("Age"),
            "sex:is": gettext("Sex in the census"),
            "spoken:is": gettext("Language in the census"),
            "language:is": gettext("Language of this site"),
            "address:confirmed": gettext("Confirmed address"),
            "registered:in-last": gettext("Account opened in the last days"),
            "registered:between": gettext("Account opened between two days"),
            "level:at-least": gettext("Verified"),
            "tag:has": gettext("Tag"),
            "association:any": gettext("In an association"),
            "association:named": gettext("In this association"),
            "association:of-theme": gettext("In an association of a theme"),
            "letters:wanted": gettext("Consent to letters"),
            "mailing:sent": gettext("Was sent a mailing"),
            "mailing:unopened": gettext("Did not open a mailing"),
            "mailing:clicked": gettext("Followed a link in a mailing"),
            "mailing:back": gettext("A mailing came back from their address"),
            "engagement:is": gettext("Engagement, this level"),
            "engagement:at-least": gettext("Engagement, this level or higher"),
            "activity:ever": gettext("Did something, at any time"),
            "activity:in-last": gettext("Did something in the last days"),
            "activity:between": gettext("Did something between two days"),
        }.get(what, what)

    def label(self, name: str) -> str:
        """What a field of a condition is called."""
        return {
            "list": gettext("List"),
            "districts": gettext("Districts"),
            "from": gettext("From age"),
            "to": gettext("To age"),
            "sex": gettext("Sex"),
            "language": gettext("Language"),
            "days": gettext("Days"),
            "since": gettext("First day"),
            "until": gettext("Last day"),
            "level": gettext("How"),
            "tag": gettext("Tag"),
            "standing": gettext("As what"),
            "association": gettext("Association"),
            "theme": gettext("Theme"),
            "purpose": gettext("Which letters"),
            "mailing": gettext("Which mailing"),
            "engagement": gettext("Level"),
            "kind": gettext("What they did"),
            "process": gettext("In which process"),
        }[name]

    def kind(self, name: str) -> str:
        """How a field is drawn: number, date, text, several or choice."""
        known = {"from": "number", "to": "number", "days": "number", "since": "date", "until": "date"}
        return known.get(name) or {"tag": "text", "districts": "several"}.get(name, "choice")

    def options(self, what: str, name: str) -> Options:
        """The answers to choose from."""
        if what == "spoken:is":
            return [(one, census.language_name(one)) for one in queries.list_spoken()]
        answers: dict[str, Callable[[], Options]] = {
            "list": lambda: [(str(number), text) for number, text in self.names.lists.items()],
            "districts": lambda: [(one, census.district_name(one)) for one in self.districts],
            "sex": lambda: [(one, census.sex_name(one)) for one in ("f", "m", "x", "")],
            "language": lambda: [(one, NATIVE[one]) for one in current_app.config["CIVIC"].languages],
            "level": lambda: [
                ("1", gettext("has confirmed an address, or more")),
                ("2", gettext("was found on a census list, or more")),
                ("3", gettext("in person or by letter")),
            ],
            "mailing": lambda: self._mailings(what),
            "engagement": lambda: [(str(one), people.engagement_name(one)) for one in Engagement],
            "kind": lambda: [(one, people.kind_name(one)) for one in KINDS],
            "standing": lambda: [
                ("member", gettext("member or delegate")),
                ("delegate", gettext("delegate, who acts for it")),
            ],
            "association": lambda: [(str(number), text) for number, text in self.names.associations.items()],
            "theme": lambda: list(associations.themes().items()),
            "purpose": lambda: [(one, wording.purpose_name(one)) for one in BY_KEY],
            "process": lambda: [
                ("", gettext("any, or none")),
                *((str(number), text) for number, text in self.names.processes.items()),
            ],
        }
        return answers[name]()

    def _mailings(self, what: str) -> Options:
        """Those that ended; only of watched ones is it known who opened them."""
        needs_watch = what.partition(":")[2] in WATCHED
        offered = [
            (str(number), f"{one.title} ({format_day(clock.local(one.ended_at).date())})")
            for number, one in self.names.mailings.items()
            if one.is_watched or not needs_watch
        ]
        return offered or [("", gettext("none, so far"))]
