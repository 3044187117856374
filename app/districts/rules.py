"""Rows of a table of streets, and the district of an address by them: pure functions."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.spelling import normalized

LAST = 9_999
"""No house has a higher number: four digits tell one from a postcode."""
LONGEST = 120
MOST_STREETS = 5_000
"""Of a file; a town of a million has fewer."""
SIDES = {
    "": "both", "both": "both", "all": "both", "tous": "both", "ambos": "both", "todos": "both",
    "odd": "odd", "impair": "odd", "impairs": "odd", "impar": "odd", "impares": "odd", "i": "odd",
    "even": "even", "pair": "even", "pairs": "even", "par": "even", "pares": "even", "p": "even",
}  # fmt: skip
_NUMBER = re.compile(r"([0-9]{1,4})[a-z]?")
_DIGITS = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Range:
    """House numbers of a street, on one side or both, and the district in which they lie."""

    street: str
    first: int
    last: int
    side: str
    district: str

    @property
    def key(self) -> str:
        """The street without what people write differently."""
        return normalized(self.street)

    def has(self, number: int) -> bool:
        """Whether the house lies in it."""
        return self.first <= number <= self.last and (
            self.side == "both" or (self.side == "odd") == bool(number % 2)
        )

    def crosses(self, other: Range) -> bool:
        """Whether some house of the same street would lie in both."""
        begin, end = max(self.first, other.first), min(self.last, other.last)
        return any(self.has(number) and other.has(number) for number in range(begin, min(end, begin + 1) + 1))


@dataclass(frozen=True)
class Place:
    """What the table says of an address: its district, empty when it says nothing; `street` is what it was looked up by."""

    district: str
    street: str


def read_range(cells: Mapping[str, str]) -> tuple[Range | None, tuple[str, ...]]:
    """One row, or the names of all its faults: street, from, to, order, side, district."""
    street, district = (" ".join(cells.get(name, "").split()) for name in ("street", "district"))
    faults = [
        name
        for name, text in (("street", street), ("district", district))
        if not normalized(text) or len(text) > LONGEST
    ]
    first, last = (_read_number(cells.get(name, ""), bare) for name, bare in (("from", 0), ("to", LAST)))
    faults += [name for name, number in (("from", first), ("to", last)) if number is None]
    side = SIDES.get(normalized(cells.get("side", "")))
    if side is None:
        faults.append("side")
    if first is not None and last is not None and first > last:
        faults.append("order")
    if faults or first is None or last is None or side is None:
        return None, tuple(faults)
    return Range(street, first, last, side, district), ()


def find_crossing(ranges: Iterable[tuple[int, Range]]) -> dict[int, int]:
    """Lines whose houses lie in another district by an earlier line, and that line."""
    seen: dict[str, list[tuple[int, Range]]] = defaultdict(list)
    found = {}
    for line, one in ranges:
        before = seen[one.key]
        clash = next((at for at, other in before if other.district != one.district and other.crosses(one)), 0)
        if clash:
            found[line] = clash
        before.append((line, one))
    return found


class Streets:
    """The table, to look addresses up in."""

    def __init__(self, ranges: Iterable[Range]) -> None:
        self._ranges: dict[str, list[Range]] = defaultdict(list)
        for one in ranges:
            self._ranges[one.key].append(one)

    def find(self, address: str) -> Place:
        """The district of an address, whatever line of it the street stands on and on whatever side of it the number."""
        if not self._ranges:
            return Place("", _street_of(address))
        for line in address.splitlines():
            words = normalized(line).split()
            for begin, end in _spans(len(words)):
                ranges = self._ranges.get(" ".join(words[begin:end]))
                if ranges:
                    return Place(_district(ranges, _house(words[:begin], words[end:])), ranges[0].street)
        return Place("", _street_of(address))


class Finder:
    """Finds the districts of the addresses of a file; counts by street (at most MOST_STREETS) those that it does not find."""

    def __init__(self, streets: Streets) -> None:
        self._streets = streets
        self.missing: Counter[str] = Counter()

    def find_district(self, address: str) -> str:
        """The district of an address; empty when the table does not tell."""
        place = self._streets.find(address)
        if not place.district:
            is_listed = place.street in self.missing or len(self.missing) < MOST_STREETS
            self.missing[place.street if is_listed else ""] += 1
        return place.district


def _district(ranges: Sequence[Range], number: int | None) -> str:
    """Without a number the street tells it only when all of it lies in one district."""
    asked = (1, 2, LAST - 1, LAST) if number is None else (number,)
    told = [{one.district for one in ranges if one.has(at)} for at in asked]
    districts = {district for found in told for district in found}
    return next(iter(districts)) if all(told) and len(districts) == 1 else ""


def _house(before: Sequence[str], after: Sequence[str]) -> int | None:
    """`12 bis, rue X`, `Calle X, 12`: the number nearest before the street, else the first after it."""
    for word in (*reversed(before[-3:]), *after[:3]):
        found = _NUMBER.fullmatch(word)
        if found:
            return int(found[1])
    return None


def _street_of(address: str) -> str:
    """The first line that has a street's look, without numbers: so no list of what was not found shows a house."""
    for line in address.splitlines():
        words = [word for word in normalized(line).split() if not any(sign.isdigit() for sign in word)]
        if words and _NUMBER.search(line):
            return " ".join(words)[:LONGEST]
    return ""


def _spans(length: int) -> Iterable[tuple[int, int]]:
    """Every run of words, the longest first."""
    return (
        (begin, begin + size) for size in range(min(length, 12), 0, -1) for begin in range(length - size + 1)
    )


def _read_number(text: str, bare: int) -> int | None:
    text = text.strip()
    if not text:
        return bare
    return int(text) if _DIGITS.fullmatch(text) else None
