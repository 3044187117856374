"""A check of the list costs no more than a few transactions; the rate by `python -m tests.bench.verification`."""

from __future__ import annotations

import pytest

from tests.bench import verification
from tests.long import only_when_long

pytestmark = [pytest.mark.bench, only_when_long]
MOST = 6.0
"""Six questions to the database and one commit beside a commit alone."""
QUESTIONS = 6
"""The keys held, the lists, the limits counted, the person looked for, the match and the activity written."""


def test_a_check_of_the_list_takes_at_most_six_times_a_bare_transaction() -> None:
    figures = verification.main(20_000)
    assert figures["ratio"] <= MOST, figures
    assert figures["questions"] <= QUESTIONS, figures
