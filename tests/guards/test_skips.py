"""Continuous integration misses no group of tests for want of a tool; elsewhere it is skipped and said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guards.files import ROOT

SKIPS = """
import pytest

def test_one():
    pytest.skip("{reason}")
"""


@pytest.mark.parametrize(
    ("ci", "reason", "code"),
    [
        ("true", "wrk is not installed (apt install wrk)", 1),
        ("true", "booting hosts needs root", 1),
        ("true", "no real elections: set CIVIC_TEST_PB", 0),
        ("", "wrk is not installed (apt install wrk)", 0),
    ],
)
def test_a_skip_for_want_of_a_tool_fails_where_ci_is_true(
    ci: str, reason: str, code: int, tmp_path: Path
) -> None:
    file = tmp_path / "test_skips.py"
    file.write_text(SKIPS.format(reason=reason), encoding="utf-8")
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.conftest",
        "--rootdir",
        str(tmp_path),
        str(file),
    ]
    ran = subprocess.run(
        words, cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False
    )
    assert ran.returncode == code, ran.stdout
