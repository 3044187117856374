"""What rules call by number, by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from flask import current_app

from app.associations import queries as associations
from app.census import queries as census
from app.core import languages
from app.processes import queries as processes
from app.readers import queries as readers
from app.readers.queries import Ended


@dataclass(frozen=True)
class Names:
    """What rules call by number: census lists, processes (newest first), and associations on the register.

    The names of mailings are read when a rule asks for one.
    """

    lists: Mapping[int, str]
    processes: Mapping[int, str]
    associations: Mapping[int, str]

    @cached_property
    def mailings(self) -> Mapping[int, Ended]:
        """Those that ended, the newest first."""
        return readers.name_ended()


def load_names() -> Names:
    """The names as they are now, in the language of the page."""
    offered = current_app.config["CIVIC"].languages
    lang = languages.current()
    return Names(
        census.list_names(),
        {
            one.id: one.title.get(lang)
            or one.title.get(offered[0])
            or next(iter(one.title.values()), one.slug)
            for one in processes.list_processes(published=False)
        },
        associations.list_names(),
    )
