"""The upgrade of this host's site to a release that lies on it, run by that release's own code."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from app.settings import Settings
from cli import run
from cli.console import Console
from cli.errors import Failure
from cli.lifecycle import journal, variables
from cli.lifecycle.converge import converge
from cli.lifecycle.go_live import GoLive, align, lend_process, record_live, systemctl, web_unit
from cli.lifecycle.operation import Operation, Step, carry_out
from cli.sets import backup, stage
from cli.site import OPS, RELEASES, HostSite
from cli.upgrade import fitness, records, recovery, rehearsal
from cli.upgrade.prober import Prober, front_door

PROBE_SECONDS = 10.0
WARM_MINUTES = 15
RETIRE = "civic-retire"


class Upgrade:
    """From the release that serves to the one that this command belongs to."""

    def __init__(self, console: Console, facts: Mapping[str, str]) -> None:
        self.facts = dict(facts)
        self.before = facts["before"]
        self._console = console
        self._site = HostSite()
        self._way = GoLive(self._site, facts["release"], self.before)
        self._begun = time.monotonic()
        self._files_sha256 = ""

    @cached_property
    def prober(self) -> Prober:
        """Asks the site for its front page in every language, as residents do."""
        return Prober(front_door(self._checked), [f"/{language}/" for language in self._checked.languages])

    @cached_property
    def _checked(self) -> Settings:
        return variables.check(self._site.given(), [])

    def operation(self) -> Operation:
        """All steps. Up to the end of the switch, every failure leads back to the release before."""
        way = self._way
        steps = [
            Step("snapshot", "Back the data up", self.take_snapshot, clear_staging, 10, 7200, once=True),
            Step("rehearse", "Rehearse it on a copy", self.rehearse, self.end_rehearsal, 20, 7200, once=True),
            Step("converge", "Prepare the machine", self.converge, self.converge_back, 15, 1200),
            Step("migrate", "Bring the database up to date", way.migrate, None, 2, 600, once=True),
            Step("start", "Start the release", way.start, way.stop, 4, 200),
            Step("gate", "Wait until it is ready", way.gate, None, 2, 200),
            Step(
                "switch",
                "Switch over and watch",
                self.switch,
                self.switch_back,
                PROBE_SECONDS,
                200,
                once=True,
            ),
            Step("settle", "Start its worker", self.settle, None, 4, 200),
            Step("rest", "Keep the release before warm", self.rest, None, 1, 60),
            Step("contract", "Remove what no release needs", self.contract, None, 1, 300, once=True),
            Step("forget", "Remove old releases", way.forget, None, 5, 1200),
            Step("record", "Remember it", self.record, None, 1, 60),
        ]
        return Operation(
            "upgrade",
            self.facts,
            steps,
            undone=f"Undone: release {self.before} serves as before.",
            then="civic logs, then run the same command again.",
            commit="switch",
        )

    def take_snapshot(self) -> None:
        """The way back to the data as they are now, whatever comes; it stays in staging for the rehearsal."""
        backup.take_set(self._console, self._site, "before upgrade")

    def rehearse(self) -> None:
        """On that set, which is not needed here afterwards."""
        rehearsal.rehearse(self._console, self._way.name, backup.FOLDER)
        clear_staging()

    def end_rehearsal(self) -> None:
        """Nothing of the copy stays."""
        rehearsal.clean_up()
        clear_staging()

    def converge(self) -> None:
        """This release's units and settings; what serves is not restarted."""
        self.prober.start()
        self._files_sha256 = converge(self._console)

    def converge_back(self) -> None:
        """The release before puts its own in their place."""
        run.require(
            [RELEASES / self.before / "venv/bin/civic", "converge", "--yes", "--json"],
            failed="The release before could not put its own settings back.",
            standing=f"Release {self.before} serves.",
            then="civic install",
        )

    def switch(self) -> None:
        """Everybody is sent to the new release; the prober says whether they fare as well as before."""
        calm, moment = self.prober.seen(), self.prober.mark()
        align(self._way.name)
        time.sleep(PROBE_SECONDS)
        fault = self.prober.seen(moment).find_fault(calm)
        if fault:
            raise Failure(f"With the new release {fault}", self._way.standing(), "civic logs web")

    def switch_back(self) -> None:
        """The release before still runs; should it not, it is started first."""
        systemctl("start", web_unit(self.before))
        align(self.before)

    def settle(self) -> None:
        """Its worker runs; the release before, to which nothing leads back by itself any more, gives a process up."""
        lend_process(self.before)
        self._way.settle()

    def rest(self) -> None:
        """It serves nobody, but could again within a second; a timer ends that. Nobody is watched over any longer."""
        self.prober.stop()
        self._console.say(f"    {self.prober.seen().in_words()}")
        systemctl("disable", "--quiet", web_unit(self.before), check=False)
        systemctl("stop", f"{RETIRE}.timer", check=False)
        words = ["systemd-run", "--quiet", "--collect", "--service-type=oneshot", f"--unit={RETIRE}"]
        run.capture([*words, f"--on-active={WARM_MINUTES}min", "/usr/local/bin/civic", "retire"])

    def contract(self) -> None:
        """A lock that is not to be had leaves it to the next upgrade."""
        known = self._app(RELEASES / self.before, "ready")["wanted"]
        done = run.capture(
            self._site.app_commands(self._way.release).words("app", "contract", "--known-to", known)
        )
        if not done.ok:
            self._console.warn(
                f"What no release needs any more is left for the next upgrade: {done.last_words}"
            )

    def record(self) -> None:
        """What serves, and how it went."""
        record_live(self._way.name, self._files_sha256, self.before)
        seen = self.prober.seen()
        records.append(self.before, self._way.name, time.monotonic() - self._begun, seen)

    def record_failure(self, why: str) -> None:
        """It was taken back."""
        records.append(self.before, self._way.name, time.monotonic() - self._begun, self.prober.seen(), why)

    def _app(self, release: Path, *words: str) -> dict[str, Any]:
        return self._site.app_commands(release).call(
            *words, standing="The new release serves.", then="civic doctor"
        )


def clear_staging() -> None:
    """The set is in its stores; nothing of it stays here."""
    stage.clear(backup.FOLDER)


def operation_from(console: Console, facts: Mapping[str, str]) -> Operation:
    """The operation that a journal tells of."""
    return Upgrade(console, facts).operation()


def upgrade(console: Console, release: str) -> Mapping[str, Any]:
    """Bring the site from the release that serves to `release`, which lies on this host and whose code this is.

    Raises: PreflightRefused before anything is done; Undone when the release before serves again; Failure after the switch.
    """
    site = HostSite()
    site.require()
    recovery.make_way(console)
    with journal.alone(OPS / "lock", f"civic upgrade to {release}"):
        before = site.version()
        if before == release:
            console.say(f"Release {release} serves already.")
            return {"release": release, "changed": False}
        fitness.require(site, release)
        way = Upgrade(console, {"release": release, "before": before})
        operation = way.operation()
        try:
            carry_out(
                console, operation, journal.Journal.open(OPS / "journal", operation.name, operation.facts)
            )
        except Failure as error:
            way.record_failure(error.failed)
            raise
    return {"release": release, "before": before, "changed": True, **records.read()[-1]}
