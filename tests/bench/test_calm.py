"""Pages come as fast as ever while a census is brought in; in full by `python -m tests.bench.calm 1000000`."""

from __future__ import annotations

import shutil

import pytest

from tests.bench import calm
from tests.long import only_when_long

pytestmark = [pytest.mark.bench, only_when_long]
ROWS = 150_000
MOST = 3.0
ROUNDS = 3
"""On a busy machine some seconds are unlucky: the best of three counts. During a million rows p95 was 1.3 times the calm one."""


def test_pages_wait_little_longer_while_a_census_is_brought_in() -> None:
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed (apt install wrk)")
    figures = next(
        (one for _ in range(ROUNDS) if (one := calm.main(ROWS))["ratio"] <= MOST), {"ratio": MOST + 1}
    )
    assert figures["ratio"] <= MOST, figures
