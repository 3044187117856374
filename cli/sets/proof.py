"""A set proved: loaded into a scratch database, its release booted on it, its rows compared, somebody signed in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from cli.errors import PreflightRefused
from cli.sets import manifest
from cli.sets.boot import ScratchSite
from cli.sets.fetched import Fetched, differ
from cli.sets.manifest import Manifest
from cli.sets.scratch import Scratch
from cli.sets.visitor import sign_in
from cli.site import RELEASES

STANDING = "The site serves as before."


@dataclass(frozen=True)
class Proof:
    """A fetched set and the scratch database that it is proved in."""

    fetched: Fetched
    scratch: Scratch

    def load(self) -> None:
        """Fill the scratch database."""
        self.scratch.make()
        self.scratch.fill(self.fetched.folder)

    def boot(self) -> None:
        """Boot exactly the release of the set on what was loaded, compare the rows, sign in.

        Raises: Failure with what is not as it was.
        """
        self.fetched.hand_over_uploads()
        site = self.site()
        compare(site, self.fetched.manifest)
        with site.boot():
            sign_in(site)

    def site(self) -> ScratchSite:
        """The site of the set, put together from what it holds."""
        folder = self.fetched.folder
        release = laid_down(self.fetched.manifest)
        parts = (folder / "uploads", folder / "settings/civic.env", folder / "secrets")
        return ScratchSite(self.scratch.name, release, self.scratch.url, *parts)


def compare(site: ScratchSite, made: Manifest) -> None:
    """See that the rows are those that the set was made of.

    Raises: Failure with every table that differs.
    """
    said = site.app_commands().call("fingerprint", standing=STANDING, then="civic sets")
    lines = manifest.differences(made.fingerprint.tables, manifest.tables_of(said["tables"]))
    if lines:
        raise differ(lines)


def laid_down(made: Manifest) -> Path:
    """The folder of the release that the set was made by.

    Raises: PreflightRefused when this host does not hold exactly that one any more.
    """
    release = RELEASES / made.release.name
    facts = release / "MANIFEST.json"
    if (
        facts.is_file()
        and json.loads(facts.read_text(encoding="utf-8"))["wheel_sha256"] == made.release.wheel_sha256
    ):
        return release
    raise PreflightRefused(
        f"The set was made by release {made.release.name}, which is not laid down on this host.",
        "Drill a set of a release that is here (civic sets), or restore this one: civic restore migrates it.",
    )
