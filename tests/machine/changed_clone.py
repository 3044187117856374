"""The clone on a host, changed into a newer release: a good one, and one that is broken in each way that an upgrade must see."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.core import schema
from tests.machine import town
from tests.machine.host import Host

NEXT = f"{int(schema.head()) + 1:04}"
MIGRATION = f'''"""Expand: what the next release adds."""

import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{schema.head()}"


def upgrade() -> None:
    """Add it."""
    %s
'''
ADD = 'op.add_column("persons", sa.Column("nickname", sa.String, nullable=False, server_default=""))'
HOME = "app/processes/templates/processes/home.html"


def make_next(host: Host) -> None:
    """The clone as it stands, with one more column and other words on the front page."""
    town.bring_clone(host)
    _write(host, f"app/migrations/{NEXT}_next.py", lambda _: MIGRATION % ADD)
    _write(host, HOME, lambda text: text.replace("</h1>", " *</h1>", 1))


def break_import(host: Host) -> None:
    """Its code cannot be loaded."""
    _write(host, "app/wsgi.py", lambda text: text + '\nraise ImportError("broken on purpose")\n')


def break_migration(host: Host) -> None:
    """Its migration fails on the data that there are."""
    broken = 'op.execute("SELECT 1 / count(*) FROM persons WHERE false")'
    _write(host, f"app/migrations/{NEXT[:-1]}9_broken.py", lambda _: MIGRATION % broken)
    path = f"app/migrations/{NEXT[:-1]}9_broken.py"
    _write(host, path, lambda text: text.replace(f'revision = "{NEXT}"', f'revision = "{NEXT[:-1]}9"', 1)
           .replace(f'down_revision = "{schema.head()}"', f'down_revision = "{NEXT}"'))  # fmt: skip


def break_readiness(host: Host) -> None:
    """It starts, and never says that it is ready."""
    _write(host, "app/core/health.py", lambda text: text.replace("}, 200\n", "}, 503\n"))


def break_speed(host: Host) -> None:
    """Its front page takes three seconds."""
    _write(host, "app/processes/routes.py", lambda text: text.replace(
        "    groups: dict", "    __import__('time').sleep(3)\n    groups: dict", 1))  # fmt: skip


KINDS: dict[str, Callable[[Host], None]] = {
    "import error": break_import,
    "failing migration": break_migration,
    "failing readiness": break_readiness,
    "slow page": break_speed,
}


def break_in(host: Host, kind: str) -> None:
    """The next release once more, broken in this way."""
    make_next(host)
    KINDS[kind](host)


def mend(host: Host) -> None:
    """No trace of a broken migration."""
    for path in (host.root / town.CLONE.lstrip("/") / "app/migrations").glob("*_broken.py"):
        path.unlink()


def _write(host: Host, path: str, change: Callable[[str], str]) -> None:
    file = Path(host.root, town.CLONE.lstrip("/"), path)
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    after = change(before)
    assert after != before, f"{path} was not changed"
    file.write_text(after, encoding="utf-8")
