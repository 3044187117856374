"""When a process is what: pure functions over its phases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

Texts = Mapping[str, str]


@dataclass(frozen=True)
class Who:
    """Who may take part that day: whoever has confirmed an address, and is on the census lists or in a segment if so asked.

    From an age on (0: any); in one version of a segment (its number, the version's), whatever later ones say. Where the census
    decides, one list does, so that nobody who stands on two votes twice (0: none; then nobody is on it).
    """

    on_list: bool = False
    least_age: int = 0
    segment: tuple[int, int] | None = None
    list_id: int = 0

    @classmethod
    def of(cls, text: str) -> Who:
        """From how it is stored: `confirmed-address`, `census:16:3` (an age, a list), `segment:7:2:3` or `segment:7:2`."""
        kind, *said = text.split(":")
        numbers = [int(one) for one in said]
        if kind == "segment":
            return cls(segment=(numbers[0], numbers[1]), list_id=sum(numbers[2:]))
        return cls(kind == "census", sum(numbers[:1]), list_id=sum(numbers[1:]))

    @property
    def asks_lists(self) -> bool:
        """Whether the census lists decide, or may: a segment can ask for what they say."""
        return self.on_list or self.segment is not None

    def __str__(self) -> str:
        if self.segment:
            return ":".join(str(one) for one in ("segment", *self.segment, self.list_id) if one)
        return f"census:{self.least_age}:{self.list_id}" if self.on_list else "confirmed-address"


class Stage(StrEnum):
    """What a resident sees of a process; OPEN means that ballots are taken now."""

    DRAFT = "draft"
    COMING = "coming"
    OPEN = "open"
    CLOSED = "closed"
    FINISHED = "finished"


@dataclass(frozen=True)
class Span:
    """A phase: from `starts_at` on, until just before `ends_at` (aware UTC)."""

    kind: str
    starts_at: datetime
    ends_at: datetime

    def contains(self, at: datetime) -> bool:
        """Whether the instant lies in the phase; its last instant does not."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True)
class Standing:
    """The facts that decide a stage."""

    published: bool
    box_closed: bool
    results_published: bool


def find_current(spans: Sequence[Span], at: datetime) -> Span | None:
    """The phase that is running at that instant; of overlapping ones the last to start."""
    running = [span for span in spans if span.contains(at)]
    return max(running, key=lambda span: span.starts_at, default=None)


def find_balloting(spans: Sequence[Span]) -> Span | None:
    """The phase in which ballots are taken."""
    return next((span for span in spans if span.kind == "balloting"), None)


def stage(standing: Standing, spans: Sequence[Span], at: datetime) -> Stage:
    """What a resident sees at that instant."""
    balloting = find_balloting(spans)
    if not standing.published or balloting is None:
        return Stage.DRAFT
    if standing.results_published:
        return Stage.FINISHED
    if standing.box_closed or at >= balloting.ends_at:
        return Stage.CLOSED
    return Stage.OPEN if balloting.contains(at) else Stage.COMING


def in_language(texts: Texts, lang: str, otherwise: str = "") -> str:
    """The text in that language; where it is not written, in `otherwise`, then in whichever language there is."""
    return texts.get(lang) or texts.get(otherwise) or next((text for text in texts.values() if text), "")


def make_slug(title: str, taken: Collection[str]) -> str:
    """A short name for addresses, not among `taken`: `Été 2027 !` → `ete-2027`."""
    plain = unicodedata.normalize("NFKD", title[:200]).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "process"
    slug, number = base, 1
    while slug in taken:
        number += 1
        slug = f"{base}-{number}"
    return slug
