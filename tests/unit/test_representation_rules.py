"""Groups of those who take part beside the census: never fewer than ten, nobody lost, ages in their order."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.representation.rules import BANDS, Cell, compare, group_rule
from app.segments.rules import FLOOR, parse

AGES = st.dictionaries(st.integers(0, len(BANDS) - 1), st.integers(0, 400))
WORDS = st.dictionaries(st.sampled_from(["", "Gare", "Old town", "Señorío", "Z"]), st.integers(0, 60))


@given(st.sampled_from(["age", "district"]), st.data())
def test_every_group_has_ten_and_nobody_is_lost(dimension: str, data: st.DataObject) -> None:
    counts = AGES if dimension == "age" else WORDS
    entitled, part = data.draw(counts), data.draw(counts)
    made = compare(dimension, entitled, part)
    if not made.cells:
        return
    assert len(made.cells) > 1
    assert all(min(cell.entitled, cell.part) >= FLOOR for cell in made.cells)
    assert (made.entitled, made.part) == (sum(entitled.values()), sum(part.values()))
    places = [place for cell in made.cells for place in cell.places]
    assert sorted(places) == sorted({*entitled, *part})
    if dimension == "age":
        assert places == sorted(places)


@given(AGES, AGES)
def test_groups_are_hidden_only_when_fewer_than_two_can_be_made(
    entitled: dict[int, int], part: dict[int, int]
) -> None:
    if compare("age", entitled, part).cells:
        return
    # however one cuts the ages in two, one side is too small
    for cut in range(1, len(BANDS)):
        sides = [
            min(
                sum(one for place, one in counts.items() if (place < cut) is below)
                for counts in (entitled, part)
            )
            for below in (True, False)
        ]
        assert min(sides) < FLOOR


def test_a_group_is_under_represented_below_four_fifths_of_its_share() -> None:
    made = compare("district", {"a": 500, "b": 500}, {"a": 60, "b": 40})
    assert made.cells == (Cell(("a",), 500, 60), Cell(("b",), 500, 40))
    assert [made.is_under(cell) for cell in made.cells] == [False, False]
    made = compare("district", {"a": 500, "b": 500}, {"a": 61, "b": 39})
    assert [made.is_under(cell) for cell in made.cells] == [False, True]
    assert made.shares(made.cells[1]) == (0.5, 0.39)


def test_a_small_group_is_shown_with_its_smaller_neighbour() -> None:
    made = compare("age", {1: 100, 2: 100, 3: 100, 4: 100}, {1: 30, 2: 20, 3: 4, 4: 50})
    assert [cell.places for cell in made.cells] == [(1,), (2, 3), (4,)]
    made = compare("sex", {"f": 90, "m": 80, "x": 3, "": 12}, {"f": 40, "m": 30, "x": 1, "": 2})
    assert [set(cell.places) for cell in made.cells] == [{"", "x", "m"}, {"f"}]


@given(st.one_of(
    st.tuples(st.just("age"), st.lists(st.integers(0, len(BANDS) - 1), min_size=1)),
    st.tuples(st.just("sex"), st.lists(st.sampled_from(["f", "m", "x", ""]), min_size=1, unique=True)),
    st.tuples(st.just("district"), st.lists(st.sampled_from(["", "Gare", "Señorío"]), min_size=1)),
))  # fmt: skip
def test_every_group_can_be_said_as_a_rule(group: tuple[str, list[Any]]) -> None:
    assert parse(group_rule(*group))
