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
    """The clone as it stands, changed."""
    town.bring_clone(host)
    change(clone_of(host))


def change(clone: Path) -> None:
    """One more column, other words on the front page."""
    (clone / f"app/migrations/{NEXT}_next.py").write_text(MIGRATION % ADD, encoding="utf-8")
    _write(clone, HOME, lambda text: text.replace("</h1>", " *</h1>", 1))


def clone_of(host: Host) -> Path:
    """Where it lies, seen from outside."""
    return host.root / town.CLONE.lstrip("/")


def break_import(clone: Path) -> None:
    """Its code cannot be loaded."""
    _write(clone, "app/wsgi.py", lambda text: text + '\nraise ImportError("broken on purpose")\n')


def break_migration(clone: Path) -> None:
    """Its migration fails on the data that there are."""
    broken = 'op.execute("SELECT 1 / count(*) FROM persons WHERE false")'
    _write(clone, f"app/migrations/{NEXT[:-1]}9_broken.py", lambda _: MIGRATION % broken)
    path = f"app/migrations/{NEXT[:-1]}9_broken.py"
    _write(clone, path, lambda text: text.replace(f'revision = "{NEXT}"', f'revision = "{NEXT[:-1]}9"', 1)
           .replace(f'down_revision = "{schema.head()}"', f'down_revision = "{NEXT}"'))  # fmt: skip


def break_readiness(clone: Path) -> None:
    """It starts, and never says that it is ready."""
    _write(clone, "app/core/health.py", lambda text: text.replace("}, 200\n", "}, 503\n"))


def break_speed(clone: Path) -> None:
    """Its front page takes three seconds."""
    _write(clone, "app/processes/routes.py", lambda text: text.replace(
        "    groups: dict", "    __import__('time').sleep(3)\n    groups: dict", 1))  # fmt: skip


KINDS: dict[str, Callable[[Path], None]] = {
    "import error": break_import,
    "failing migration": break_migration,
    "failing readiness": break_readiness,
    "slow page": break_speed,
}


def break_in(host: Host, kind: str) -> None:
    """The next release once more, broken in this way."""
    make_next(host)
    KINDS[kind](clone_of(host))


def mend(host: Host) -> None:
    """No trace of a broken migration."""
    for path in (clone_of(host) / "app/migrations").glob("*_broken.py"):
        path.unlink()


def _write(clone: Path, path: str, change: Callable[[str], str]) -> None:
    file = clone / path
    before = file.read_text(encoding="utf-8") if file.is_file() else ""
    after = change(before)
    assert after != before, f"{path} was not changed"
    file.write_text(after, encoding="utf-8")
