"""Counting is fast and small: ratios against a bare pass over the same ballots, measured in the same process."""

import pytest

from tests.bench.counting import measure_apart

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(
    ("rule", "projects", "seconds", "times_floor"),
    [("greedy", 200, 2.0, 2.0), ("greedy", 100, 1.0, 2.0), ("equalshares/add1", 100, 10.0, 40.0)],
)
def test_a_count_of_100000_ballots_stays_within_its_figures(
    rule: str, projects: int, seconds: float, times_floor: float
) -> None:
    got = measure_apart(rule, projects)
    assert got["count"] <= times_floor * got["floor"], got
    assert got["count"] <= seconds, got
    assert got["read"] <= 25 * got["floor"], got
    assert got["peak_mb"] <= 300, got
