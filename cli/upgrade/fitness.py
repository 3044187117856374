"""Whether this host can be upgraded now: looked at before anything is done, all that stands in the way at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from cli import run
from cli.errors import PreflightRefused
from cli.lifecycle import ask, variables
from cli.lifecycle.go_live import hostname_of
from cli.sets.cluster import Cluster
from cli.site import LIVE_SOCKET, OPS, RELEASES, HostSite

LEAST_MEMORY_MB = 250
LEAST_DISK_MB = 500


def require(site: HostSite, release: str) -> None:
    """Refuse what cannot go well.

    Raises: PreflightRefused with every finding and its remedy.
    """
    found = list(_findings(site, release))
    if found:
        raise PreflightRefused(
            "\n".join(f"{code}: {cause}" for code, cause, _ in found),
            "\n".join(f"{code}: {remedy}" for code, _, remedy in found)
            + "\nThen run the same command again.",
            "Nothing was changed; the release before serves.",
        )


def _findings(site: HostSite, release: str) -> Iterator[tuple[str, str, str]]:
    if not (RELEASES / release / "MANIFEST.json").is_file():
        yield "RELEASE", f"{release} is not laid down whole.", "civic upgrade lays it down: run it again."
        return
    answer = ask.over_socket(LIVE_SOCKET, "/readyz", hostname_of(site))
    if answer.status != 200:
        yield "SITE", f"The site is not ready: {answer.status} {answer.text[:200]}", "civic doctor"
    looked = run.capture(site.app_commands(RELEASES / release).words("app", "ready"))
    if '"refused"' in looked.out:
        yield (
            "SETTINGS",
            f"The new release refuses the settings: {looked.out.strip()}",
            "civic config set NAME VALUE",
        )
    memory = _free_memory_mb()
    if memory < LEAST_MEMORY_MB:
        yield (
            "MEMORY",
            f"{memory} MB are free; both releases at once need {LEAST_MEMORY_MB}.",
            "Stop other programs, or add memory.",
        )
    need = LEAST_DISK_MB + 2 * _database_mb(site)
    for folder in (OPS, Path("/opt"), Path("/var/lib/postgresql")):
        free = shutil.disk_usage(folder).free // 2**20 if folder.is_dir() else need
        if free < need:
            yield (
                "DISK",
                f"{folder} has {free} MB free; a copy of the data for the rehearsal needs {need}.",
                f"Free space under {folder}.",
            )


def _free_memory_mb() -> int:
    facts = Path("/proc/meminfo").read_text(encoding="utf-8")
    return int(facts.partition("MemAvailable:")[2].split()[0]) // 1024


def _database_mb(site: HostSite) -> int:
    cluster = Cluster.of(variables.check(site.given(), []).database_url)
    return int(cluster.ask("civic", "SELECT pg_database_size(current_database()) / 1048576"))
