"""What a letter on paper says, and which lines fit in the window. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.composing import rules as composing
from app.paper_codes.rules import fits_window

MOST_LETTERS = 2_000
"""In one file to print."""
LONGEST_TEXT = 4_000
_BLANK = re.compile(r"\n[^\S\n]*\n\s*")


@dataclass(frozen=True)
class Letter:
    """One letter: the lines in the window, what is known for the fields of the text, and whose it is."""

    person_id: int
    lines: tuple[str, ...]
    known: Mapping[str, str]


@dataclass(frozen=True)
class Codes:
    """The index and the code of each person who gets one, by the person's number, and the last day on which they are good."""

    of: Mapping[int, tuple[int, str]] = field(default_factory=dict)
    until: date | None = None


def window_lines(name: str, address: str) -> tuple[str, ...]:
    """Name and postal address as they show in the window, empty if they do not fit; a name in the first line is not repeated."""
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    if name and (not lines or name.casefold() not in lines[0].casefold()):
        lines.insert(0, name)
    return tuple(lines) if len(lines) >= 2 and fits_window(lines) else ()


def paragraphs(text: str, known: Mapping[str, str]) -> list[list[str]]:
    """The lines of each paragraph, personal fields filled in; an empty line in the text parts two paragraphs."""
    pieces = composing.split_fields("\n".join(text.strip().splitlines()))
    parted = [_BLANK.split(piece) if place % 2 == 0 else [piece] for place, piece in enumerate(pieces)]
    made = [""]
    for place, parts in enumerate(parted):
        if place % 2:
            made[-1] += composing.fill(parts[0], known)
        else:
            made[-1] += parts[0]
            made += parts[1:]
    return [one.splitlines() for one in made if one.strip()]
