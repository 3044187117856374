"""A backup costs little more than what it cannot do without; in full size by `python -m tests.bench.sets`."""

from __future__ import annotations

import shutil

import pytest

from tests.bench import sets
from tests.long import only_when_long

pytestmark = [pytest.mark.bench, only_when_long]
MEGABYTES = 150
MOST = 1.5
START_SECONDS = 8.0
"""What starting the app, pg_dump and restic takes, however much there is; at 1 GB it no longer counts."""


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_a_backup_takes_at_most_half_as_long_again_as_pg_dump_and_a_copy() -> None:
    figures = sets.main(MEGABYTES)
    assert figures["first_seconds"] <= MOST * figures["floor_seconds"] + START_SECONDS, figures
