"""Restored data put in place and back, in a real PostgreSQL and real folders: each way may be cut short (F16)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from cli.errors import Failure
from cli.sets.cluster import Cluster
from cli.sets.swap import Swap
from cli.site import CREDENTIALS, ENV_FILE, HostSite
from tests import postgres

STAMP = "20261124T030000Z"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A private cluster that takes everybody for its owner."""
    with postgres.cluster(is_durable=False) as address:
        yield Cluster(Path(address.partition("host=")[2]), superuser="civic", owner="civic", by_peer=False)


@dataclass
class Town:
    """A site's database, files, key and settings, and what was restored beside."""

    swap: Swap
    root: Path

    def stands(self) -> tuple[str, str, str, bool]:
        """What is in place: rows, files, key, whether mail is held."""
        rows = self.swap.cluster.ask("civic", "SELECT words FROM told")
        files = "+".join(sorted(path.read_text() for path in self.swap.uploads.iterdir()))
        key = self._path(CREDENTIALS / "CIVIC_SECRET_KEY").read_text()
        return rows, files, key, "MAIL_HELD" in self._path(ENV_FILE).read_text()

    def _path(self, path: Path) -> Path:
        return HostSite(self.root).path(path)


OLD, NEW = ("old", "old", "old", False), ("new", "new", "new", True)


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> Iterator[Town]:
    site = HostSite(tmp_path)
    swap = Swap(STAMP, cluster, tmp_path / "var/lib/civic/uploads", site)
    for database, words in (("civic", "old"), (swap.restored, "new")):
        cluster.drop(database)
        cluster.create(database)
        cluster.ask(database, f"CREATE TABLE told AS SELECT '{words}' AS words")
    for folder, words in ((swap.uploads, "old"), (tmp_path / "fetched", "new")):
        folder.mkdir(parents=True)
        (folder / f"{words}.txt").write_text(words)
    site.path(CREDENTIALS).mkdir(parents=True)
    (site.path(CREDENTIALS) / "CIVIC_SECRET_KEY").write_text("old")
    site.path(ENV_FILE).write_text('CIVIC_HOSTNAME="town.example"\n')
    swap.put_beside(tmp_path / "fetched")
    swap.bring("CIVIC_SECRET_KEY", "new")
    swap.bring("civic.env", 'CIVIC_HOSTNAME="town.example"\nCIVIC_MAIL_HELD="yes"\n')
    yield Town(swap, tmp_path)
    for database in cluster.list_databases():
        cluster.drop(database)


def test_files_of_another_file_system_stay_those_of_the_site(tmp_path: Path) -> None:
    swap = Swap(STAMP, Cluster(), tmp_path / "var/lib/civic/uploads", HostSite(tmp_path))
    swap.uploads.parent.mkdir(parents=True)
    here = tmp_path.stat().st_dev
    elsewhere = [place for place in ("/dev/shm", "/var/tmp") if Path(place).stat().st_dev != here]  # noqa: S108
    owner = 1234 if os.geteuid() == 0 else os.geteuid()
    with TemporaryDirectory(dir=elsewhere[0]) as other:
        fetched = Path(other) / "uploads"
        (fetched / "sub").mkdir(parents=True)
        (fetched / "sub/a.txt").write_text("a")
        for path in (fetched, *fetched.rglob("*")):
            os.chown(path, owner, -1)
        swap.put_beside(fetched)
        assert not fetched.exists()
    laid = (swap.restored_uploads, *swap.restored_uploads.rglob("*"))
    assert [(path.name, path.stat().st_uid) for path in laid[1:]] == [("sub", owner), ("a.txt", owner)]
    assert laid[0].stat().st_uid == owner


def test_everything_is_exchanged_and_exchanged_back(town: Town) -> None:
    assert town.stands() == OLD
    for _ in range(2):  # each way is gone twice, as after a kill
        town.swap.forward()
        town.swap.forward()
        assert town.stands() == NEW
        assert town.swap.replaced_uploads.is_dir()
        town.swap.back()
        town.swap.back()
        assert town.stands() == OLD
    assert town.swap.cluster.list_databases() == ["civic", town.swap.restored]


@pytest.mark.parametrize("way", ["forward", "back"])
def test_a_kill_between_any_two_of_its_acts_is_gone_on_with_or_undone(town: Town, way: str) -> None:
    if way == "back":
        town.swap.forward()
    restored, replaced = town.swap.restored_uploads, town.swap.replaced_uploads
    coming, going = (restored, replaced) if way == "forward" else (replaced, restored)
    database = town.swap.restored if way == "forward" else town.swap.replaced
    aside = town.swap.replaced if way == "forward" else town.swap.restored
    town.swap.cluster.put_in_place(database, "civic", aside)  # cut short after the database
    town.swap.uploads.rename(going)  # and between the two names of the files
    assert coming.is_dir()
    getattr(town.swap, way)()
    assert town.stands() == (NEW if way == "forward" else OLD)
    town.swap.uploads.rename(coming)
    (town.swap.uploads).mkdir()  # as systemd-tmpfiles makes it at a boot
    getattr(town.swap, "back" if way == "forward" else "forward")()
    assert town.stands() == (OLD if way == "forward" else NEW)


def test_two_folders_with_files_are_never_thrown_together(town: Town) -> None:
    town.swap.uploads.rename(town.swap.replaced_uploads)
    town.swap.uploads.mkdir()
    (town.swap.uploads / "written.txt").write_text("meanwhile")
    with pytest.raises(Failure, match="both hold files"):
        town.swap.forward()
    assert (town.swap.uploads / "written.txt").read_text() == "meanwhile"


def test_two_databases_change_places_at_once_or_not_at_all(town: Town) -> None:
    town.swap.cluster.create(town.swap.replaced)  # the name is taken: the second half cannot be done
    with pytest.raises(Failure, match="already exists"):
        town.swap.cluster.put_in_place(town.swap.restored, "civic", town.swap.replaced)
    assert town.swap.cluster.ask("civic", "SELECT words FROM told") == "old"
    assert town.swap.cluster.has(town.swap.restored)


def test_what_was_replaced_is_forgotten_without_touching_what_is_in_place(town: Town) -> None:
    town.swap.forward()
    town.swap.forget()
    town.swap.forget()
    assert town.stands() == NEW
    assert town.swap.cluster.list_databases() == ["civic"]
    assert {path.name for path in town.swap.uploads.parent.iterdir() if "uploads" in path.name} == {"uploads"}
