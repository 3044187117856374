"""What takes long and says little more than its shorter neighbours: tried with CIVIC_TEST_LONG=yes, before a release."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pytest

LONG = os.environ.get("CIVIC_TEST_LONG") == "yes"
only_when_long = pytest.mark.skipif(
    not LONG,
    reason="takes long, tried before a release: CIVIC_TEST_LONG=yes",
)


def some(always: Iterable[Any], long: Iterable[Any]) -> list[Any]:
    """Parameters of a test: those that are always tried, and those only when there is time."""
    values = (one if isinstance(one, tuple) else (one,) for one in long)
    return [*always, *(pytest.param(*value, marks=only_when_long) for value in values)]
