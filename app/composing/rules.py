"""Personal fields of a text: `{name|resident}` is the reader's name, and "resident" for whoever gave none. Pure.

Nothing is ever evaluated: a field is one of a few words, anything else between braces is a fault that is named (A06).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_FALLBACK = 60
FIELDS: Mapping[str, bool] = {"name": True, "district": True, "site": False}
"""Personal fields, and whether one may be unknown of somebody: then the text says what stands there instead."""
_FIELD = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True)
class FieldFault:
    """A personal field that cannot be filled in: `unknown`, or `bare` (nothing is said for whoever lacks it)."""

    word: str
    reason: str


def split_fields(text: str) -> list[str]:
    """Text and fields in turn, text first; a field as it stands between its braces: `name|resident`."""
    return _FIELD.split(text)


def field_faults(text: str) -> list[FieldFault]:
    """What is wrong with the fields of a text."""
    faults = []
    for written in split_fields(text)[1::2]:
        name, bar, otherwise = written.partition("|")
        if name not in FIELDS:
            faults.append(FieldFault(written, "unknown"))
        elif FIELDS[name] and not (bar and otherwise.strip() and len(otherwise) <= LONGEST_FALLBACK):
            faults.append(FieldFault(written, "bare"))
    return faults


def fill(written: str, known: Mapping[str, str]) -> str:
    """What stands in the place of a field for a reader of whom this is known."""
    name, _, otherwise = written.partition("|")
    return known.get(name, "").strip() or otherwise.strip()


def is_one_line(text: str) -> bool:
    """Whether a subject can stand in the head of a letter (A07)."""
    return text.isprintable()
