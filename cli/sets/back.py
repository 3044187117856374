"""The way back from a restore: what it replaced is put in place again; after a week nothing of it is kept."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cli.console import Console
from cli.errors import WrongUse
from cli.lifecycle import variables
from cli.lifecycle.operation import Operation, Step
from cli.sets import applying
from cli.sets.cluster import Cluster
from cli.sets.serving import Serving
from cli.sets.swap import Aside, Swap, list_aside
from cli.site import HostSite

NAME = "restore-back"


@dataclass(frozen=True)
class GoingBack:
    """The way back from the restore of this record."""

    console: Console
    aside: Aside
    release: str

    def operation(self) -> Operation:
        """Up to its gate the restored data come back by themselves."""
        steps = [
            *(self._in_place() if "database" in self.aside.parts or "uploads" in self.aside.parts else []),
            Step("apply", "Let units and proxy follow the settings", self.apply, None, 1, 1800),
            Step("keep", "Keep the restored data aside", self.aside.gone_back().write),
        ]
        return Operation(
            NAME,
            {"stamp": self.aside.stamp, "release": self.release},
            [replace(step, once=True) for step in steps],
            undone="Undone: the site serves the restored data as before.",
            then="civic logs, then: civic restore --back",
            commit="gate",
        )

    def apply(self) -> None:
        """The settings of before, if the set brought others."""
        if self.aside.given:
            before, _ = self._swap().given()
            applying.apply(self.console, before, Serving(HostSite(), self.release))

    def _swap(self) -> Swap:
        return self.aside.swap(Cluster.of(variables.check(HostSite().given(), []).database_url))

    def _in_place(self) -> list[Step]:
        serving = Serving(HostSite(), self.release)
        swap = self._swap()
        return [
            Step("stop", "Stop the site", serving.stop, serving.serve_again, 3),
            Step("switch", "Put the data of before in place", swap.back, swap.forward, 2),
            Step("migrate", "Bring them up to date", serving.migrate, None, 4, 3600),
            Step("start", "Start the site on them", serving.start, serving.halt, 5),
            Step("gate", "Wait until it is ready", serving.gate, None, 4),
            Step("settle", "Start its worker", serving.settle, None, 4),
        ]


def latest() -> Aside:
    """What the last restore replaced.

    Raises: WrongUse when nothing is kept, or the site went back already.
    """
    kept = list_aside()
    if not kept:
        raise WrongUse("No restore is kept to go back from.", "civic sets, then: civic restore SET")
    if kept[0].went_back:
        raise WrongUse(
            f"The site went back from set {kept[0].set} already.",
            f"Restore it again: civic restore {kept[0].set}",
        )
    return kept[0]


def forget_old(cluster: Cluster, *, also_new: bool = False) -> list[str]:
    """Remove what restores replaced more than a week ago, or all of it; returns the sets that had replaced it."""
    gone = [aside for aside in list_aside() if also_new or aside.is_old()]
    for aside in gone:
        aside.swap(cluster).forget()
    return [aside.set for aside in gone]
