"""A site's PostgreSQL as its own programs see it: where it is, as whom to ask, with the programs of the server's major."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from cli import run
from cli.app_commands import AppCommands
from cli.errors import Failure, PreflightRefused

PROGRAMS = Path("/usr/lib/postgresql")
UNTOUCHED = "The site serves as before."
_BY_QUERY = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "sslmode": "PGSSLMODE",
}


@dataclass(frozen=True)
class Database:
    """How PostgreSQL's programs reach one database: their environment, and the words before each command."""

    env: Mapping[str, str]
    as_whom: Sequence[str] = ()

    @classmethod
    def of_url(cls, url: str, user: str = "") -> Database:
        """The database of CIVIC_DATABASE_URL, asked as the system's `user` if named; a password goes by the environment."""
        parts = urlsplit(url)
        env = {"PGDATABASE": unquote(parts.path.lstrip("/"))}
        if parts.hostname:
            env["PGHOST"] = parts.hostname
        if parts.port:
            env["PGPORT"] = str(parts.port)
        if parts.username:
            env["PGUSER"] = unquote(parts.username)
        if parts.password:
            env["PGPASSWORD"] = unquote(parts.password)
        env |= {_BY_QUERY[name]: text for name, text in parse_qsl(parts.query) if name in _BY_QUERY}
        return cls(env, become(user))

    def named(self, name: str) -> Database:
        """Another database of the same server."""
        return replace(self, env={**self.env, "PGDATABASE": name})

    def into(self, file: Path, major: int, program: str, *words: str) -> None:
        """Run one of the programs with its output in a new file (0600).

        Raises: Failure with its last words.
        """
        command: list[str | Path] = [*self.as_whom, program_of(major, program), *words]
        with (
            file.open("xb") as output,
            run.beside(command, env=self.env, cwd=Path("/"), stdout=output) as process,
        ):
            done = process.end()
        if not done.ok:
            raise Failure(f"{program} failed.\n{done.last_words}", UNTOUCHED, "civic doctor")


def become(user: str) -> tuple[str, ...]:
    """The words before a command that let it run as a user of the system; none for whoever calls."""
    return ("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--") if user else ()


def program_of(major: int, name: str) -> Path:
    """`pg_dump`, `psql` … of the server's own major; never the first in PATH, which may be older or newer.

    Raises: PreflightRefused naming the package.
    """
    path = PROGRAMS / str(major) / "bin" / name
    if not path.is_file():
        raise PreflightRefused(
            f"The database is PostgreSQL {major}, and {path} is not on this host.",
            f"apt install postgresql-client-{major}, then run the same command again.",
        )
    return path


@dataclass
class Held:
    """One moment of a database, held by the app: the snapshot's name, where the schema stood, the server's major."""

    snapshot: str
    schema: str
    postgresql_major: int
    _process: run.Beside

    def tables(self) -> dict[str, dict[str, Any]]:
        """The fingerprint of each table; computed while others read the snapshot, and waited for here."""
        tables: dict[str, dict[str, Any]] = _answer(self._process)["tables"]
        return tables


@contextmanager
def hold(app: AppCommands) -> Iterator[Held]:
    """Hold one moment of the app's database.

    Raises: Failure with the app's refusal or its last words.
    """
    words = app.words("app", "fingerprint", "--hold")
    with run.beside(words, env=app.env, cwd=app.folder, stdin=run.PIPE, stdout=run.PIPE) as process:
        said = _answer(process)
        yield Held(said["snapshot"], str(said["schema"]), int(said["postgresql_major"]), process)


def _answer(process: run.Beside) -> dict[str, Any]:
    line = process.output.readline()
    try:
        said = json.loads(line)
    except ValueError:
        said = None
    if isinstance(said, dict) and "refused" not in said:
        return said
    why = "\n".join([said["refused"], *said.get("faults", [])]) if said else process.end().last_words
    raise Failure(f"The site's command fingerprint failed.\n{why}", UNTOUCHED, "civic doctor")
