"""A sign-in code is with the mail server within two seconds while a mailing leaves, and pages come as fast as ever."""

from __future__ import annotations

import shutil

import pytest

from tests.bench import codes

pytestmark = pytest.mark.bench
MOST_SECONDS = 2.0
MOST = 3.0
ROUNDS = 3
"""On a busy machine some seconds are unlucky: the best of three counts."""


def test_neither_a_code_nor_a_page_waits_for_a_mailing() -> None:
    if shutil.which("wrk") is None:
        pytest.skip("wrk is not installed (apt install wrk)")
    found = []
    for _ in range(ROUNDS):
        found.append(codes.main())
        if found[-1]["slowest_code_seconds"] <= MOST_SECONDS and found[-1]["ratio"] <= MOST:
            return
    raise AssertionError(found)
