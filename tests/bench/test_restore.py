"""Drill and restore beside their floors (docs/guarantees.md); the full size by `python -m tests.bench.restore`."""

from __future__ import annotations

import shutil

import pytest

from tests.bench import restore
from tests.long import only_when_long

pytestmark = [pytest.mark.bench, only_when_long]
MEGABYTES = 150
DRILL, RESTORE = 3.0, 2.0
START_SECONDS = 8.0
"""What starting the programs takes, however much there is; at 1 GB it no longer counts."""


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_a_drill_takes_three_times_a_dump_at_most_and_a_restore_twice_a_load() -> None:
    figures = restore.main(MEGABYTES)
    assert figures["drill_seconds"] <= DRILL * figures["dump_and_copy_seconds"] + START_SECONDS, figures
    assert figures["restore_seconds"] <= RESTORE * figures["load_and_copy_seconds"] + START_SECONDS, figures
