"""What every store can do, and how it fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from app.settings import Settings
from cli.errors import Failure, PreflightRefused
from cli.sets.manifest import Manifest
from cli.sets.records import Records

CACHE = Path("/var/cache/civic")
UNTOUCHED = "The sets in it are as they were."


class StoreFault(Failure):
    """A store that cannot be used as it is. `code` says why: MISSING, KEY, LOCKED, FULL, UNREACHABLE, DAMAGED or OTHER."""

    def __init__(self, store: str, code: str, why: str, then: str) -> None:
        super().__init__(f"Store {store}: {why}", UNTOUCHED, then)
        self.code = code
        self.why = why


@dataclass(frozen=True)
class SetEntry:
    """A set in a store."""

    id: str
    made_at: datetime
    bytes: int


@dataclass(frozen=True)
class Keys:
    """What opens stores. `password`: of restic repositories, and of each set's signature; `recipients` and `identity_file`: of
    age, to write and to read."""

    password: str = field(default="", repr=False)
    recipients: Sequence[str] = ()
    identity_file: Path | None = None
    s3_key_id: str = ""
    s3_secret: str = field(default="", repr=False)

    @classmethod
    def of_settings(cls, checked: Settings) -> Keys:
        """The keys that this host has."""
        return cls(
            checked.backup_password,
            checked.backup_age_recipients,
            None,
            checked.backup_s3_key_id,
            checked.backup_s3_secret,
        )

    def missing(self, where: str) -> str:
        """The setting that is wanting for writing to a store, empty if none is."""
        kind = where.partition(":")[0]
        if not self.password:
            return "CIVIC_BACKUP_PASSWORD"
        if kind == "age":
            return "" if self.recipients else "CIVIC_BACKUP_AGE_RECIPIENTS"
        return "CIVIC_BACKUP_S3_SECRET" if kind == "s3" and not self.s3_secret else ""


class Store(Protocol):
    """A place for sets. Every call raises StoreFault when the place is not as it must be."""

    @property
    def name(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def where(self) -> str:
        """Where it is, in the words of the settings."""
        ...

    def require(self, size: int) -> None:
        """Refuse now what would fail later: no place, no key, no room for a set of `size` bytes. A new place is made."""
        ...

    def push(self, folder: Path, manifest: Manifest) -> None:
        """Bring a set in; it is there whole or not at all."""
        ...

    def list_sets(self) -> list[SetEntry]:
        """All sets, the oldest first."""
        ...

    def fetch(self, set_id: str, into: Path) -> None:
        """Bring a set back into an empty folder. What comes back is not to be trusted before Fetched.check."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Take sets away."""
        ...

    def check(self, deep: bool) -> None:
        """See whether the store is whole; `deep` reads every byte."""
        ...


@dataclass(frozen=True)
class Place:
    """What a kind of store is made from."""

    name: str
    where: str
    keys: Keys
    records: Records

    def made_at(self) -> str:
        """Since when this host knows the store at this place; empty: never."""
        record = self.records.stores().get(self.name)
        return record.initialised_at if record is not None and record.where == self.where else ""

    def unknown_set(self, set_id: str) -> StoreFault:
        """There is no such set."""
        return StoreFault(self.name, "MISSING", f"it has no set {set_id}.", f"civic sets --store {self.name}")


def of_site(checked: Settings, records: Records, names: Sequence[str] = ()) -> list[Store]:
    """The stores of a site's settings, or those of them that are named.

    Raises: PreflightRefused when there is none, or none of such a name.
    """
    known = {words.name: words.where for words in checked.stores}
    if not known:
        raise PreflightRefused(
            "No store is set up: CIVIC_BACKUP_STORES is empty.",
            "civic config set backup_stores 'local=/var/backups/civic/repository daily 03:00'",
        )
    unknown = [name for name in names if name not in known]
    if unknown:
        raise PreflightRefused(
            "\n".join(f"No store is called {name}." for name in unknown),
            f"Name one of: {', '.join(known)}.",
        )
    keys = Keys.of_settings(checked)
    return [at(name, known[name], keys, records) for name in names or known]


def at(name: str, where: str, keys: Keys, records: Records) -> Store:
    """The store at a place, in the words of the settings (app.backup_stores.parse_where checks them)."""
    from cli.sets.stores.age import AgeStore
    from cli.sets.stores.restic import ResticStore

    place = Place(name, where, keys, records)
    return AgeStore(place) if where.startswith("age:") else ResticStore(place)
