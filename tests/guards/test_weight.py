"""What only one act needs is not loaded by every process of a site: a town has 1 GB for all of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("alembic", "mako", "numpy", "reportlab", "PIL")
"""Migrating, counting by equal shares and letters on paper: 14, 12 and 14 MB."""


def test_no_process_loads_what_only_one_act_needs() -> None:
    words = f"import sys, app.factory, app.features; print([one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_a_site_that_draws_no_page_compiles_no_component(tmp_path: Path) -> None:
    words = (
        "import sys, pathlib; from app.core import face; from app.factory import create_app\n"
        "from tests.conftest import make_settings\n"
        "folder = pathlib.Path(sys.argv[1]); app = create_app(make_settings(f'sqlite:///{folder}/civic.db', folder))\n"
        "kept = face._component.cache_info; before = kept().currsize\n"
        "app.jinja_env.globals['govuk'].button; print(before, kept().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", words, tmp_path], check=True, capture_output=True, text=True)
    assert done.stdout == "0 1\n"


def test_the_verbs_of_the_schema_do_without_the_features() -> None:
    words = (
        "import sys, runpy; sys.argv = ['app', 'ready', '--help']\n"
        "try: runpy.run_module('app', run_name='__main__', alter_sys=True)\n"
        "except SystemExit: print('app.core.schema' in sys.modules, 'app.features' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", words], check=True, capture_output=True, text=True)
    assert done.stdout.endswith("True False\n")
