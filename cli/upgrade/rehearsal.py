"""The upgrade on a copy: the set that was just made is loaded beside, migrated, served by the new release, and read through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import ask, variables
from cli.lifecycle.ask import Answer
from cli.lifecycle.go_live import hostname_of
from cli.sets.boot import ScratchSite
from cli.sets.cluster import Cluster
from cli.sets.scratch import Scratch
from cli.site import LIVE_SOCKET, RELEASES, HostSite
from cli.upgrade import crawl

STANDING = "The site serves as before; nothing of it was touched."


@dataclass(frozen=True)
class Rehearsed:
    """What was learnt: seconds by migration and the tables that each locks, pages read, how many look different."""

    migrations: dict[str, float] = field(default_factory=dict)
    locked: Sequence[str] = ()
    pages: int = 0
    changed: int = 0

    def in_words(self) -> str:
        """One line for the operator."""
        took = sum(self.migrations.values())
        locks = f", closing {', '.join(self.locked)} meanwhile" if self.locked else ""
        schema = (
            f"{len(self.migrations)} migrations in {took:.1f} s{locks}" if self.migrations else "same schema"
        )
        return f"Rehearsed on a copy: {schema}; {self.pages} pages read, {self.changed} look different."


def rehearse(console: Console, release: str, folder: Path) -> Rehearsed:
    """Go the way of the upgrade with the set in `folder`; nothing of the live site is touched, nothing of the copy stays.

    Raises: Failure with every page that residents would lose, or with what migration or release said.
    """
    checked = variables.check(HostSite().given(), [])
    scratch = the_scratch()
    scratch.make()
    try:
        scratch.fill(folder)
        copy = ScratchSite("rehearsal", RELEASES / release, scratch.url, Path(checked.uploads_dir))
        done = copy.app_commands().call(
            "migrate", standing=STANDING, then="Report it: a release must migrate."
        )
        own = copy.app_commands().call("verify", standing=STANDING, then="Report it with this output.")
        if not own.get("ok"):
            raise Failure(f"The new release's own proof failed on the copy: {own}", STANDING, "Report it.")
        with copy.boot():
            old, new = _read_both(copy)
    finally:
        clean_up()
    faults = crawl.find_faults(old, new)
    if faults:
        raise Failure(
            "On a copy of the data, pages are lost:\n" + "\n".join(faults), STANDING, "Report them."
        )
    rehearsed = Rehearsed(done["seconds"], done["locked"], len(old), crawl.count_changed(old, new))
    console.say(f"    {rehearsed.in_words()}")
    return rehearsed


def the_scratch() -> Scratch:
    """The database of rehearsals."""
    return Scratch(Cluster.of(variables.check(HostSite().given(), []).database_url), "rehearsal")


def clean_up() -> None:
    """Leave nothing of a rehearsal, whether it ended or was killed."""
    ScratchSite("rehearsal", Path("/"), "", Path("/")).take_away()
    the_scratch().drop()


def _read_both(copy: ScratchSite) -> tuple[dict[str, crawl.Visit], dict[str, crawl.Visit]]:
    hostname = hostname_of(HostSite())

    def live(page: str) -> Answer:
        return ask.over_socket(LIVE_SOCKET, page, hostname)

    old = crawl.crawl(live, ["/"])
    return old, crawl.visit_all(copy.get, list(old))
