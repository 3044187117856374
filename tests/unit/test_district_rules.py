"""Addresses as people write them in France and Spain, and the district that the table of streets tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.districts.rules import LAST, Range, Streets, find_crossing, read_range

TABLE = Streets(
    [
        Range("Rue de l'Église", 1, 99, "odd", "Bourg"),
        Range("Rue de l'Église", 2, 98, "even", "Rivière"),
        Range("Calle Mayor", 0, LAST, "both", "Centro"),
        Range("Rue du 8-Mai-1945", 0, LAST, "both", "Nord"),
        Range("Rue du 8-Mai-1945 prolongée", 0, LAST, "both", "Sud"),
        Range("Avenida de España", 0, 50, "both", "Oeste"),
        Range("Avenida de España", 51, LAST, "both", "Este"),
    ]
)


@pytest.mark.parametrize(
    ("address", "district"),
    [
        ("12, rue de l'Église\n26100 Valclair", "Rivière"), ("12 bis RUE DE L EGLISE", "Rivière"),
        ("Ana Martin\n13b rue de l’eglise", "Bourg"), ("rue de l'Église\n26100 Valclair", ""),
        ("100 rue de l'Église", ""), ("Calle Mayor, 12, 3º B\n48001 Bilbao", "Centro"), ("C/ calle mayor s/n", "Centro"),
        ("3 rue du 8 mai 1945", "Nord"), ("3 rue du 8 mai 1945 prolongée", "Sud"), ("Avenida de España 50 48001", "Oeste"),
        ("Avenida de España, 51", "Este"), ("Avenida de España s/n 48001 Bilbao", ""), ("Plaza Nueva 3", ""), ("", ""),
    ],
)  # fmt: skip
def test_an_address_is_found_however_it_is_written(address: str, district: str) -> None:
    assert TABLE.find(address).district == district


def test_a_street_that_is_not_found_is_named_without_its_house_and_its_person() -> None:
    assert TABLE.find("Ana Martin\n7 bis, Chemin des Prés\n26100 Valclair").street == "bis chemin des pres"
    assert TABLE.find("Ana Martin").street == ""


@pytest.mark.parametrize(
    ("cells", "faults"),
    [
        ({}, ("street", "district")),
        (
            {"street": "A", "district": "B", "from": "x", "to": "12345", "side": "left"},
            ("from", "to", "side"),
        ),
        ({"street": "A", "district": "B", "from": "9", "to": "3"}, ("order",)),
        ({"street": "·", "district": "x" * 121}, ("street", "district")),
    ],
)
def test_every_fault_of_a_row_is_told_at_once(cells: dict[str, str], faults: tuple[str, ...]) -> None:
    assert read_range(cells) == (None, faults)


@pytest.mark.parametrize(
    ("side", "read"), [("Impairs", "odd"), ("PAR", "even"), ("", "both"), ("côté", None)]
)
def test_sides_are_read_in_three_languages(side: str, read: str | None) -> None:
    one, _ = read_range({"street": "A", "district": "B", "side": side})
    assert (one.side if one else None) == read


HOUSES = st.integers(0, 30)
RANGES = st.builds(
    lambda first, size, side, district: Range("A", first, first + size, side, district),
    HOUSES, HOUSES, st.sampled_from(["both", "odd", "even"]), st.sampled_from(["X", "Y"]),
)  # fmt: skip


@given(st.lists(RANGES, max_size=5))
def test_a_table_without_crossings_tells_each_house_one_district_at_most(ranges: list[Range]) -> None:
    told = {number: {one.district for one in ranges if one.has(number)} for number in range(70)}
    is_clear = all(len(found) <= 1 for found in told.values())
    assert is_clear == (not find_crossing(enumerate(ranges, 2)))
    for number, found in told.items():
        expected = next(iter(found)) if len(found) == 1 else ""
        assert Streets(ranges).find(f"{number} A").district == expected
