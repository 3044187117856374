"""Scratch databases: made beside the site's, filled from a set's folder, dropped. For drill, rehearsal and restore."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from cli.sets.cluster import OWNER, Cluster
from cli.sets.manifest import SORTED_TABLES

ARCHIVE = Path("database/civic.dump")


@dataclass(frozen=True)
class Scratch:
    """A database of its own in the host's cluster, `civic_NAME`."""

    cluster: Cluster
    name: str

    @property
    def database(self) -> str:
        """Its name in the cluster."""
        return f"civic_{self.name}"

    @property
    def url(self) -> str:
        """How the app reaches it."""
        return self.cluster.url(self.database)

    def make(self) -> None:
        """An empty one; what a run before left under this name is dropped first."""
        self.drop()
        self.cluster.create(self.database)

    def fill(self, folder: Path) -> None:
        """Load the database of a set's folder, whole or not at all.

        Raises: Failure with PostgreSQL's words.
        """
        archive = folder / ARCHIVE
        if self.cluster.by_peer:  # parallel jobs open the archive anew, as its reader
            shutil.chown(archive, OWNER, OWNER)
        self.cluster.restore(self.database, archive, jobs=max(2, os.cpu_count() or 1))
        for table in SORTED_TABLES:
            self.cluster.copy_in(self.database, table, folder / f"database/{table}.copy")

    def drop(self) -> None:
        """Remove it; nothing when it is not there."""
        self.cluster.drop(self.database)
