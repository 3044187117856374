"""Who takes part compared with who is entitled: groups by age, sex and district, none of them of fewer than ten people. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.segments.rules import FLOOR

DIMENSIONS = ("age", "sex", "district")
BANDS: tuple[tuple[int, int | None], ...] = (
    (0, 15),
    (16, 24),
    (25, 34),
    (35, 49),
    (50, 64),
    (65, 79),
    (80, None),
)
LEAST_SHARE = (8, 10)
"""A group takes part too little when its share among those who took part is below so much of its share in the census."""


@dataclass(frozen=True)
class Cell:
    """A group: its places in the dimension (numbers of age bands, or words), how many are entitled and how many took part."""

    places: tuple[Any, ...]
    entitled: int
    part: int


@dataclass(frozen=True)
class Comparison:
    """A dimension with its groups, each of ten or more; without groups where there are too few people to tell."""

    dimension: str
    cells: tuple[Cell, ...]

    @property
    def entitled(self) -> int:
        """All who are entitled."""
        return sum(cell.entitled for cell in self.cells)

    @property
    def part(self) -> int:
        """All who took part."""
        return sum(cell.part for cell in self.cells)

    def shares(self, cell: Cell) -> tuple[float, float]:
        """The group's share in the census and among those who took part."""
        return cell.entitled / self.entitled, cell.part / self.part

    def is_under(self, cell: Cell) -> bool:
        """Whether the group takes part too little."""
        least, of = LEAST_SHARE
        return cell.part * self.entitled * of < cell.entitled * self.part * least


def compare(dimension: str, entitled: Mapping[Any, int], part: Mapping[Any, int]) -> Comparison:
    """The comparison of two counts by place. Nobody can be told from it, nor by taking its groups from the whole."""
    places = sorted({*entitled, *part})
    cells = [Cell((place,), entitled.get(place, 0), part.get(place, 0)) for place in places]
    made = _merged(cells, dimension == "age")
    return Comparison(
        dimension, tuple(made if dimension == "age" else sorted(made, key=lambda cell: -cell.entitled))
    )


def group_rule(dimension: str, places: Sequence[Any]) -> dict[str, Any]:
    """The condition that describes a group, as JSON of a rule."""
    if dimension == "age":
        first, last = BANDS[min(places)][0], BANDS[max(places)][1]
        return {
            "field": "age",
            "relation": "between",
            "from": first,
            **({} if last is None else {"to": last}),
        }
    if dimension == "district":
        return {"field": "district", "relation": "one-of", "districts": list(places)}
    sexes = [{"field": "sex", "relation": "is", "sex": place} for place in places]
    return sexes[0] if len(sexes) == 1 else {"any": sexes}


def _merged(cells: list[Cell], is_ordered: bool) -> list[Cell]:
    while len(cells) > 1:
        at = min(range(len(cells)), key=lambda place: _size(cells[place]))
        if _size(cells[at]) >= FLOOR:
            return cells
        others = [one for one in (at - 1, at + 1) if 0 <= one < len(cells)]
        other = min(
            others if is_ordered else set(range(len(cells))) - {at}, key=lambda place: _size(cells[place])
        )
        first, second = sorted((at, other))
        cells[first] = _together(cells[first], cells[second])
        del cells[second]
    return []


def _size(cell: Cell) -> int:
    return min(cell.entitled, cell.part)


def _together(one: Cell, other: Cell) -> Cell:
    return Cell(one.places + other.places, one.entitled + other.entitled, one.part + other.part)
