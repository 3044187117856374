"""A site for tests of backup sets: a real database with votes, uploaded files, settings, secrets and a release's wheel."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from app import settings as site_settings
from app.settings import Settings
from cli.app_commands import AppCommands
from cli.sets import manifest
from cli.sets.database import Database
from cli.sets.fetched import Origin
from cli.sets.stage import Source
from tests.conftest import make_settings
from tests.sites import empty_site
from tests.web.site_process import environment

PASSWORD = "correct horse battery staple"
WHEEL = "civic-1.2.0-py3-none-any.whl"

DUMP = "database/civic.dump"


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Address of a new database of a cluster, gone afterwards."""
    name = f"s{secrets.token_hex(6)}"
    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
    yield server.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def source(server: str, folder: Path) -> Iterator[Source]:
    """What a set is made of, filled with a little of everything."""
    with empty_database(server) as address:
        settings = make_settings(address, folder)
        with empty_site(settings):
            fill(address)
        yield lay_out(settings, folder)


def origin(set_id: str, password: str = PASSWORD, *, unsigned: bool = False) -> Origin:
    """A set that lies in its folder already."""
    return Origin(set_id, lambda folder: None, lambda: password, unsigned)


def lay_out(settings: Settings, folder: Path) -> Source:
    """Files of a site beside its database."""
    files = {
        "uploads/projects/tree.svg": "<svg/>",
        "uploads/projects/plaça major.png": "not really",
        "etc/civic.env": f'{site_settings.env_name("hostname")}="{settings.hostname}"\n',
        "etc/credentials/CIVIC_SECRET_KEY": settings.secret_key,
        "etc/credentials/CIVIC_BALLOT_KEY": ",".join(settings.ballot_key),
        f"releases/1.2.0-3fa4c1d2/source/{WHEEL}": "a wheel",
        "releases/1.2.0-3fa4c1d2/source/requirements.lock": "flask==3\n",
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return Source(
        settings.hostname,
        folder / "releases/1.2.0-3fa4c1d2",
        AppCommands.of_this_copy(environment(settings), folder),
        Database.of_url(settings.database_url),
        folder / "uploads",
        folder / "etc/civic.env",
        folder / "etc/credentials",
        PASSWORD,
    )


def fill(address: str, ballots: int = 50) -> None:
    """People who voted, their ballots in box and hopper, a letter on its way."""
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(
            text(
                """INSERT INTO processes (id, slug, kind, title, question, summary, promise, channels, outcome, who, currency,
                created_at) VALUES (1, 'park', 'budget', '{}', '{}', '{}', '{}', '{}', '{}', 'all', 'EUR', now())"""
            )
        )
        connection.execute(
            text(
                """INSERT INTO persons (id, display_name, language, role, created_at, sessions_from)
                SELECT n, 'É ' || n, 'fr', 'resident', now(), now() FROM generate_series(1, :n) n"""
            ),
            {"n": ballots},
        )
        for table, columns, values in (
            ("ballot_roll", "process_id, person_id, channel, voted_on", "1, n, 'online', current_date"),
            ("ballot_hopper", "process_id, id, sealed", r"1, md5('h' || n), '\xdeadbeef'"),
            (
                "ballot_box",
                "process_id, id, choices, receipt_hash",
                r"1, md5('b' || n), E'{\"a\":\t\"x\\n\"}', md5('r' || n)",
            ),
        ):
            rows = f"INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series(1, :n) n"
            connection.execute(text(rows), {"n": ballots})
    engine.dispose()


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _link(path: Path) -> None:
    elsewhere = path.rename(path.parents[1] / f"elsewhere-{path.name}")
    path.symlink_to(elsewhere)


def _rewrite(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def rewrite(folder: Path) -> None:
        facts = json.loads((folder / manifest.NAME).read_text(encoding="utf-8"))
        change(facts)
        (folder / manifest.NAME).write_text(json.dumps(facts), encoding="utf-8")

    return rewrite


def _named(name: str) -> Callable[[Path], object]:
    return _rewrite(lambda facts: facts["parts"].update({name: {"sha256": "0" * 64, "bytes": 1}}))


def _zero(folder: Path) -> None:
    os.mknod(folder / "database/zero", 0o600 | stat.S_IFCHR, os.makedev(1, 5))


DAMAGE: dict[str, tuple[str, Callable[[Path], object]]] = {
    "a bit flipped": (f"{DUMP}: damaged", lambda folder: _flip(folder / DUMP)),
    "cut short": (f"{DUMP}: .* bytes, not the", lambda folder: os.truncate(folder / DUMP, 100)),
    "emptied": (f"{DUMP}: 0 bytes", lambda folder: os.truncate(folder / DUMP, 0)),
    "a file missing": (f"{DUMP}: missing", lambda folder: (folder / DUMP).unlink()),
    "a file too many": (
        "database/extra: not in the manifest",
        lambda folder: (folder / "database/extra").touch(),
    ),
    "a file that is a link": (f"{DUMP}: neither a file", lambda folder: _link(folder / DUMP)),
    "a folder that is a link": ("uploads: neither a file", lambda folder: _link(folder / "uploads")),
    "a device": ("database/zero: neither a file", _zero),
    "a pipe": ("database/pipe: neither a file", lambda folder: os.mkfifo(folder / "database/pipe")),
    "an absolute name": ("/etc/passwd: not a name within", _named("/etc/passwd")),
    "a name that leads out": (r"\.\./\.\./etc/passwd: not a name within", _named("../../etc/passwd")),
    "another form": (
        "of form 2; this release of civic knows form 1",
        _rewrite(lambda facts: facts.update(form=2)),
    ),
    "an id that is none": ("damaged", _rewrite(lambda facts: facts.update(id="../x"))),
    "no fingerprint": ("damaged: KeyError", _rewrite(lambda facts: facts.pop("fingerprint"))),
    "no dump named": ("the manifest does not name it", _rewrite(lambda facts: facts["parts"].pop(DUMP))),
    "other uploads": (
        "uploads: the files that the manifest names",
        _rewrite(lambda facts: facts["fingerprint"]["files"].update(hash="0" * 64)),
    ),
    "no manifest": ("manifest.json cannot be read", lambda folder: (folder / manifest.NAME).unlink()),
    "a manifest cut short": (
        "manifest.json cannot be read",
        lambda folder: os.truncate(folder / manifest.NAME, 100),
    ),
}
"""Ways in which a set's folder may come back: what is said of it, and how to do it to a set."""


def damage(folder: Path, how: str) -> str:
    """Do one of them; returns what is said of it."""
    said, do = DAMAGE[how]
    do(folder)
    return said
