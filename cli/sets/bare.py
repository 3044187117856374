"""A restore on a bare host: the set brings its settings, secrets and release, and the host is installed from them first."""

from __future__ import annotations

import json

from cli import config
from cli.console import Console
from cli.errors import PreflightRefused
from cli.lifecycle.journal import write_whole
from cli.sets import applying, new_settings
from cli.sets.cluster import Cluster
from cli.sets.fetched import Fetched, Origin
from cli.sets.manifest import Manifest
from cli.sets.restoring import FOLDER
from cli.sets.wish import PARTS, Wish
from cli.site import CREDENTIALS, OPS, STATE

MARK = OPS / "bare.json"
"""Says that this host is being restored from nothing, so that what a killed run laid down is not taken for an earlier site's."""


def fetch(console: Console, wish: Wish, origin: Origin) -> Manifest:
    """Fetch the set and see that it is the site's own and whole, and that this host is free; refused, nothing is left of it.

    Raises: PreflightRefused.
    """
    _require_free(wish)
    OPS.mkdir(mode=0o700, parents=True, exist_ok=True)
    fetched = Fetched(FOLDER)
    try:
        with console.step("Fetch the set", 20):
            fetched.fetch(origin)
        with console.step("Check every file of it", 5):
            made = fetched.check(origin)
            _require_settings(given(wish))
    except BaseException:
        fetched.clear()
        _leave_no_folder()
        raise
    return made


def given(wish: Wish) -> dict[str, str]:
    """The settings that this host will have."""
    everything = Wish(wish.set_id, parts=",".join(PARTS), hostname=wish.hostname, clone=wish.clone)
    return new_settings.given_after(everything, {}, new_settings.of_set(FOLDER, wish.key_file))


def install(console: Console, wish: Wish, made: Manifest) -> None:
    """Install the set's release with the set's settings: a site without data, whose letters nobody has written."""
    write_whole(MARK, json.dumps({"set": wish.set_id}) + "\n", 0o600)
    applying.install_with(console, given(wish), applying.of_folder(FOLDER / "release", made.release.name))


def done() -> None:
    """This host has its site."""
    MARK.unlink(missing_ok=True)


def _require_free(wish: Wish) -> None:
    if MARK.is_file() and json.loads(MARK.read_text(encoding="utf-8")) == {"set": wish.set_id}:
        return
    uploads = STATE / "uploads"
    found = [str(folder) for folder in (CREDENTIALS, uploads) if folder.is_dir() and any(folder.iterdir())]
    if found:
        raise PreflightRefused(
            f"This host holds data of an earlier site: {', '.join(found)}.",
            "Bring it back (civic install) and restore into it, or remove it: civic uninstall --with-data",
        )


def _require_settings(after: dict[str, str]) -> None:
    faults = config.faults_of(after)
    if faults:
        raise PreflightRefused(
            "\n".join(f"CONFIG: {fault}" for fault in faults),
            "Take a set that this release of civic understands: civic sets",
        )
    if url := after.get("CIVIC_DATABASE_URL"):
        Cluster.of(url)


def _leave_no_folder() -> None:
    for folder in (OPS, STATE):
        try:
            folder.rmdir()
        except OSError:
            return  # it was there before, with more in it
