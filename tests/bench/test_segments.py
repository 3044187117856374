"""Counting a segment costs little more than the same question by hand; in full by `python -m tests.bench.segments 1000000`."""

from __future__ import annotations

import pytest

from tests.bench import segments

pytestmark = pytest.mark.bench
PEOPLE = 50_000
MOST = 2.0
START_SECONDS = 0.05
"""Building and planning the statement, however many people there are."""
SEARCH_SECONDS = 0.3


def test_a_segment_of_six_conditions_counts_about_as_fast_as_by_hand_and_people_are_found_at_once() -> None:
    figures = segments.main(PEOPLE)
    assert figures["people"] > 100
    assert figures["wide_people"] > 1_000
    assert figures["count_seconds"] <= MOST * figures["by_hand_seconds"] + START_SECONDS, figures
    assert figures["search_p95_seconds"] <= SEARCH_SECONDS, figures
