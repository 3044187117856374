"""The PostgreSQL of this host, by the programs of its own major and as the users that it knows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cli import run
from cli.errors import Failure, WrongUse
from cli.sets.database import PROGRAMS, become, program_of

SOCKETS = Path("/run/postgresql")
OWNER = "civic"
SUPERUSER = "postgres"
STANDING = "The site serves as before; its database was not touched."
_NAME = re.compile(r"civic(_[a-z0-9]{1,40}){0,2}")


@dataclass(frozen=True)
class Cluster:
    """One cluster, reached over its socket. `by_peer`: it takes the system's users at their word, so become them."""

    sockets: Path = SOCKETS
    superuser: str = SUPERUSER
    owner: str = OWNER
    by_peer: bool = True

    @classmethod
    def of(cls, database_url: str) -> Cluster:
        """The cluster of a site's settings.

        Raises: WrongUse when it is on another machine: sets are restored into the host's own PostgreSQL only.
        """
        sockets = parse_qs(urlsplit(database_url).query).get("host", [""])[0]
        if not sockets.startswith("/"):
            raise WrongUse(
                "CIVIC_DATABASE_URL names a database elsewhere; drills and restores need the host's own PostgreSQL.",
                "Restore it with its own server's tools: a set's database/ holds what pg_restore and COPY read.",
            )
        return cls(Path(sockets))

    @cached_property
    def major(self) -> int:
        """The server's major version.

        Raises: Failure when it does not answer.
        """
        for psql in sorted(PROGRAMS.glob("*/bin/psql")):
            asked = run.capture(self._psql(self.superuser, psql, "postgres", "-c", "SHOW server_version_num"))
            if asked.ok:
                return int(asked.out) // 10000
        raise Failure("PostgreSQL does not answer on this host.", STANDING, "civic doctor")

    def program(self, name: str) -> Path:
        """See `program_of`."""
        return program_of(self.major, name)

    def ask(self, database: str, statement: str, *, as_superuser: bool = False) -> str:
        """What psql answers, bare.

        Raises: Failure with PostgreSQL's words.
        """
        role = self.superuser if as_superuser else self.owner
        return self._require(self._psql(role, self.program("psql"), database, "-c", statement)).out.strip()

    def copy_in(self, database: str, table: str, rows: Path) -> None:
        """Add the rows of a COPY file to a table."""
        copy = ("-c", f"COPY {_quoted(table)} FROM STDIN")
        self._require(self._psql(self.owner, self.program("psql"), database, *copy), rows)

    def restore(self, database: str, archive: Path, jobs: int) -> None:
        """Load an archive of pg_dump -Fc whole, or fail. The owner reads its own file, which may lie in a folder of root's."""
        words = ("--exit-on-error", "--no-owner", "--no-privileges", f"--jobs={jobs}")
        self._require(
            self._become(
                self.owner,
                self.program("pg_restore"),
                f"--host={self.sockets}",
                f"--username={self.owner}",
                *words,
                f"--dbname={database}",
                "/dev/stdin",
            ),
            archive,
        )

    def has(self, database: str) -> bool:
        """Whether there is a database of this name."""
        return _checked(database) in self.list_databases()

    def list_databases(self) -> list[str]:
        """The site's database and those that stand beside it."""
        found = self._admin("SELECT datname FROM pg_database ORDER BY datname").split()
        return [name for name in found if _NAME.fullmatch(name)]

    def create(self, database: str) -> None:
        """Make it empty, as install makes the site's."""
        name = _checked(database)
        locale = "ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
        self._admin(f"CREATE DATABASE {name} OWNER {self.owner} TEMPLATE template0 {locale}")
        self._admin(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")

    def drop(self, database: str) -> None:
        """Remove it with whoever is still connected; nothing when it is not there."""
        self._admin(f"DROP DATABASE IF EXISTS {_checked(database)} WITH (FORCE)")

    def put_in_place(self, database: str, of: str, aside: str) -> None:
        """Make `database` the one called `of`, and keep the one that was called so as `aside`: both at once, or neither.

        Whoever is connected to one of them is cut off.
        """
        new, live, old = _checked(database), _checked(of), _checked(aside)
        connected = f"FROM pg_stat_activity WHERE datname IN ('{new}', '{live}') AND pid <> pg_backend_pid()"
        self._admin(f"SELECT pg_terminate_backend(pid) {connected}")
        self._admin(
            f"BEGIN; ALTER DATABASE {live} RENAME TO {old}; ALTER DATABASE {new} RENAME TO {live}; COMMIT"
        )

    def url(self, database: str) -> str:
        """How the app reaches a database of this cluster."""
        user = "" if self.by_peer else f"{self.owner}@"
        return f"postgresql+psycopg://{user}/{_checked(database)}?host={self.sockets}"

    def _admin(self, statement: str) -> str:
        return self.ask("postgres", statement, as_superuser=True)

    def _become(self, role: str, *words: str | Path) -> list[str | Path]:
        return [*become(role if self.by_peer else ""), *words]

    def _psql(self, role: str, psql: Path, database: str, *words: str) -> list[str | Path]:
        said = ("--no-psqlrc", "-qtA", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-U", role)
        return self._become(role, psql, *said, "-d", database, *words)

    def _require(self, words: list[str | Path], stdin: Path | None = None) -> run.Finished:
        done = run.capture(words, stdin=stdin, cwd=Path("/"), env={"LC_ALL": "C.UTF-8"})
        if not done.ok:
            raise Failure(f"PostgreSQL refused: {done.last_words}", STANDING, "civic logs, civic doctor")
        return done


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of a site's database")
    return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
