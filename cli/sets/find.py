"""Finds a set: in a store of the site's settings, or at a place and with a key that an operator names."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from app import backup_stores, settings
from cli import run
from cli.console import Console
from cli.errors import PreflightRefused, WrongUse
from cli.sets import key_file
from cli.sets.fetched import Origin
from cli.sets.records import Records
from cli.sets.stores.store import Keys, SetEntry, Store, at, of_site
from cli.site import HostSite
from cli.target import Target

LATEST = "latest"
GIVEN = "given"
_TOOLS = {"age": ("age", "age"), "restic": ("restic", "restic"), "ssh": ("ssh", "openssh-client")}
SHOWN = 10


@dataclass(frozen=True)
class Where:
    """A store's name, or a place in the words of the settings; and the file with its key, if this host has none."""

    store: str = ""
    place: str = ""
    key_file: str = ""

    def open(self) -> Store:
        """The store.

        Raises: WrongUse for a place that is none, or a key that is none; PreflightRefused when there is no such store.
        """
        keys = key_file.read(Path(self.key_file)) if self.key_file else None
        if self.place:
            try:
                backup_stores.parse_where(self.place)
            except ValueError as fault:
                raise WrongUse(f"--from {self.place}: {fault}", "civic restore --help") from None
            return at(GIVEN, self.place, keys or self._keys_here(), Records())
        site = HostSite()
        if not site.exists():
            raise WrongUse(
                "No site is installed here, so it must be said where the set lies.",
                "civic restore SET --from WHERE --key-file FILE",
            )
        checked = settings.load(site.given())
        (store,) = of_site(checked, Records(), [self.store] if self.store else [checked.stores[0].name])
        return store if keys is None else at(store.name, store.where, keys, Records())

    def origin(self, set_id: str, *, unsigned: bool = False) -> Origin:
        """That set of the store. Nothing is opened or read before it is fetched or checked."""
        return Origin(set_id, lambda folder: self.open().fetch(set_id, folder), self._password, unsigned)

    def _password(self) -> str:
        """The password of the key file, of this host's site, or none."""
        given = key_file.read(Path(self.key_file)).password if self.key_file else ""
        if given or not HostSite().exists():
            return given
        return settings.load(HostSite().given()).backup_password

    def _keys_here(self) -> Keys:
        if not HostSite().exists():
            raise WrongUse(
                "This host has no key of its own.", "Add the recovery card's file: --key-file FILE"
            )
        return Keys.of_settings(settings.load(HostSite().given()))


def bring_tools(console: Console, place: str) -> None:
    """Install what reads such a store, where it is wanting, and agree to the key of a host that is met for the first time.

    Raises: PreflightRefused when it cannot be had.
    """
    wanted = ["age"] if place.startswith("age:") else ["restic"]
    wanted += ["ssh"] if place.startswith("sftp:") else []
    packages = [_TOOLS[tool][1] for tool in wanted if shutil.which(_TOOLS[tool][0]) is None]
    if packages:
        with console.step(f"Install {' '.join(packages)}", 20):
            run.capture(["apt-get", "update"])
            words = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
            done = run.capture(words, env={"DEBIAN_FRONTEND": "noninteractive"})
        if not done.ok:
            raise PreflightRefused(
                f"{' '.join(packages)} cannot be installed: {done.last_words}",
                f"apt install {' '.join(packages)}",
            )
    if place.startswith("sftp:"):
        Target.named(place.removeprefix("sftp:").partition(":")[0]).know(console)


def get_entry(store: Store, set_id: str) -> SetEntry:
    """The set of this id, or the newest for `latest`.

    Raises: WrongUse naming those that there are.
    """
    entries = store.list_sets()
    found = [entry for entry in entries if set_id in (entry.id, LATEST)]
    if not found:
        raise WrongUse(
            f"Store {store.name} has no set {set_id}."
            if entries
            else f"Store {store.name} has no set at all.",
            _offer(entries),
        )
    return found[-1]


def refuse_unnamed(store: Store) -> WrongUse:
    """What is said when no set is named: which there are."""
    return WrongUse(
        "Which set shall be restored? Name it; the newest is called latest.", _offer(store.list_sets())
    )


def _offer(entries: list[SetEntry]) -> str:
    shown = entries[: -SHOWN - 1 : -1]
    lines = [
        f"{entry.id}  {entry.made_at:%Y-%m-%d %H:%M} UTC  {entry.bytes / 2**20:.1f} MB" for entry in shown
    ]
    more = [f"… and {len(entries) - SHOWN} older ones"] if len(entries) > SHOWN else []
    return "\n".join(["civic restore SET, one of:", *lines, *more]) if lines else "civic backup makes one."
