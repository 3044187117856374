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


def test_the_verbs_of_the_schema_do_without_the_features() -> None:
    words = (
        "import sys, runpy; sys.argv = ['app', 'ready', '--help']\n"
        "try: runpy.run_module('app', run_name='__main__', alter_sys=True)\n"
        "except SystemExit: print('app.core.schema' in sys.modules, 'app.features' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("True False\n")
