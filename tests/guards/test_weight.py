"""What only one act needs is not loaded by every process of a site: a town has 1 GB for all of them."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("alembic", "mako", "numpy", "reportlab", "PIL")
"""Migrating, counting by equal shares and letters on paper: 14, 12 and 14 MB."""


def test_no_process_loads_what_only_one_act_needs() -> None:
    words = f"import sys, app.factory, app.features; print([one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
