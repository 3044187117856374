"""What somebody wants of a restore, in a form that a journal can keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

PARTS = ("database", "uploads", "settings", "secrets")
DATA = ("database", "uploads")


@dataclass(frozen=True)
class Wish:
    """A set, where it lies (a store's name, or a place and its key), its parts, and what the site becomes.

    `parts`, `clone` and `unsigned` are text, as everything in a journal: names after commas, and `yes` or empty.
    """

    set_id: str
    store: str = ""
    where: str = ""
    key_file: str = ""
    parts: str = ",".join(DATA)
    hostname: str = ""
    clone: str = ""
    unsigned: str = ""

    @classmethod
    def of(cls, facts: Mapping[str, str]) -> Wish:
        """The wish that a journal tells of."""
        return cls(**{name: facts[name] for name in cls.__dataclass_fields__ if name in facts})

    def facts(self) -> dict[str, str]:
        """For a journal."""
        return asdict(self)

    def wants(self, part: str) -> bool:
        """Whether this part of the set is to be restored."""
        return part in self.parts.split(",")

    @property
    def wants_data(self) -> bool:
        """Whether anything is put in the place of the site's data."""
        return any(self.wants(part) for part in DATA)
