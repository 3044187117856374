"""A check of the list costs no more than a few transactions; the rate by `python -m tests.bench.verification`."""

from __future__ import annotations

import pytest

from tests.bench import verification

pytestmark = pytest.mark.bench
MOST = 10.0
"""Ten questions to the database and one commit beside a commit alone: 200 a second where two processes commit 500 each."""


def test_a_check_of_the_list_takes_at_most_ten_times_a_bare_transaction() -> None:
    figures = verification.main(20_000)
    assert figures["ratio"] <= MOST, figures
